import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

export const resetSandbox = (sandbox: SandboxUseCases): Operation => ({
  method: 'POST',
  url: '/sandbox/reset',
  audience: 'sandbox',
  id: 'resetSandbox',
  resource: 'Sandbox',
  summary: 'Empty the account',
  description:
    'Intents, their events and cards, remembered answers, webhook subscriptions, the acquirer’s rules and book are gone; the account and its keys stay. The clock returns to real time, the only time that it goes back. Refused while a charge or a refund is under way or being settled.',
  changes: false,
  answer: Type.Object({}, { title: 'SandboxReset' }),
  problems: [404, 409],
  handle: async ({ request }) => {
    const done = await sandbox.reset({ account: callerOf(request) });
    return done.ok ? ok({ status: 200, body: '{}' }) : done;
  },
});
