import { ok, refuse } from '../../domain/result.ts';
import { type AcquirerScript, emptyScript } from '../../ports/sandbox-acquirer.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import type { Delivered } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { acquirerScriptSchema, readAcquirerScript } from './acquirer-script.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

const url = '/sandbox/acquirer';
const described = { resource: 'Sandbox', audience: 'sandbox', answer: acquirerScriptSchema, changes: false } as const;

const delivered = (script: AcquirerScript): Delivered => ({
  answer: { status: 200, body: JSON.stringify(script) },
  replayed: false,
});

export const readAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  method: 'GET',
  url,
  audience: 'sandbox',
  schema: describeOperation({
    ...described,
    id: 'readAcquirerRules',
    summary: 'Read the rules of the simulated acquirer',
    problems: [404],
  }),
  handle: async (_server, request) => ok(delivered(await acquirer.script(callerOf(request).id))),
});

export const setAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  method: 'PUT',
  url,
  audience: 'sandbox',
  schema: describeOperation({
    ...described,
    id: 'setAcquirerRules',
    summary: 'Script the simulated acquirer',
    description:
      'Replaces all rules of the account and what they have counted. The first rule that fires decides; where none does, the test card’s own behaviour stands.',
    body: acquirerScriptSchema,
    problems: [404, 413, 415],
  }),
  handle: async (_server, request) => {
    const script = readAcquirerScript(request.body);
    if (!script.ok) return refuse(problem('request-invalid', { errors: script.error }));
    await acquirer.setScript(callerOf(request).id, script.value);
    return ok(delivered(script.value));
  },
});

export const deleteAcquirerRules = ({ acquirer }: SandboxUseCases): Operation => ({
  method: 'DELETE',
  url,
  audience: 'sandbox',
  schema: describeOperation({
    ...described,
    id: 'deleteAcquirerRules',
    summary: 'Take all rules back',
    problems: [404],
  }),
  handle: async (_server, request) => {
    await acquirer.setScript(callerOf(request).id, emptyScript);
    return ok(delivered(emptyScript));
  },
});
