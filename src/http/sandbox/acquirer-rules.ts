import { ok, refuse } from '../../domain/result.ts';
import { type AcquirerScript, emptyScript } from '../../domain/acquirer-script.ts';
import { problem } from '../../problems/problems.ts';
import type { Answer } from '../../use-cases/context.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { acquirerScriptSchema, readAcquirerScript } from './acquirer-script.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

const url = '/sandbox/acquirer';
const described = { resource: 'Sandbox', audience: 'sandbox', answer: acquirerScriptSchema, changes: false } as const;

const renderScript = (script: AcquirerScript): Answer => ({ status: 200, body: JSON.stringify(script) });

export const readAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  ...described,
  method: 'GET',
  url,
  id: 'readAcquirerRules',
  summary: 'Read the rules of the simulated acquirer',
  problems: [404],
  handle: async ({ request }) => ok(renderScript(await acquirer.script(callerOf(request).id))),
});

export const setAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  ...described,
  method: 'PUT',
  url,
  id: 'setAcquirerRules',
  summary: 'Script the simulated acquirer',
  description:
    'Replaces all rules of the account and what they have counted. The first rule that fires decides; where none does, the test card’s own behaviour stands.',
  body: acquirerScriptSchema,
  problems: [404],
  handle: async ({ request }) => {
    const script = readAcquirerScript(request.body);
    if (!script.ok) return refuse(problem('request-invalid', { errors: script.error }));
    await acquirer.setScript(callerOf(request).id, script.value);
    return ok(renderScript(script.value));
  },
});

export const deleteAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  ...described,
  method: 'DELETE',
  url,
  id: 'deleteAcquirerRules',
  summary: 'Take all rules back',
  problems: [404],
  handle: async ({ request }) => {
    await acquirer.setScript(callerOf(request).id, emptyScript);
    return ok(renderScript(emptyScript));
  },
});
