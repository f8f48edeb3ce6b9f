import Type from 'typebox';
import { ok, refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import type { Answer } from '../../use-cases/context.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { wrongField } from '../schema/field-errors.ts';
import { dateTime } from '../schema/field-schemas.ts';
import { bodyReader } from '../schema/reader.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

const clockUrl = '/sandbox/clock';

const clockSchema = Type.Object(
  { now: dateTime('The time by which the account lives (RFC 3339).') },
  { title: 'SandboxClock' },
);
const advanceSchema = Type.Object(
  { seconds: Type.Integer({ minimum: 0, maximum: 3653 * 24 * 60 * 60, description: 'How far to move on.' }) },
  { title: 'AdvanceSandboxClockRequest' },
);
const readClock = bodyReader(clockSchema);
const readAdvance = bodyReader(advanceSchema);

const renderClock = (now: number): Answer => ({
  status: 200,
  body: JSON.stringify({ now: new Date(now).toISOString() }),
});

const described = { resource: 'Sandbox', audience: 'sandbox', answer: clockSchema } as const;

export const readSandboxClock: Operation = {
  ...described,
  method: 'GET',
  url: clockUrl,
  id: 'readSandboxClock',
  summary: 'Read the account’s clock',
  changes: false,
  problems: [404],
  handle: async ({ server, request }) => ok(renderClock(server.accountNow(callerOf(request)))),
};

export const setSandboxClock = (sandbox: SandboxUseCases): Operation => ({
  ...described,
  method: 'PUT',
  url: clockUrl,
  id: 'setSandboxClock',
  summary: 'Move the account’s clock on to a moment',
  description:
    'Answers when everything that falls due on the way has happened, in order. Time never goes back; at most ten years ahead of real time.',
  body: clockSchema,
  changes: false,
  problems: [404, 409],
  handle: async ({ request }) => {
    const sent = readClock(request.body);
    if (!sent.ok) return refuse(problem('request-invalid', { errors: sent.error }));
    const target = { at: Date.parse(sent.value.now) };
    if (Number.isNaN(target.at)) return refuse(wrongField('now', notAMoment));
    const moved = await sandbox.advanceClock({ account: callerOf(request), target, remember: null });
    return moved.ok ? ok(renderClock(moved.value)) : moved;
  },
});

const notAMoment = 'must be a date and time with its offset, such as 2026-02-27T12:00:00Z.';

export const advanceSandboxClock = (sandbox: SandboxUseCases): Operation => ({
  ...described,
  method: 'POST',
  url: `${clockUrl}/advance`,
  id: 'advanceSandboxClock',
  summary: 'Move the account’s clock on by some seconds',
  description:
    'Answers when everything that falls due on the way has happened, in order. Two at the same time add up, asked of one server; at most ten years ahead of real time.',
  body: advanceSchema,
  problems: [404, 409],
  handle: async ({ server, request, operation }) => {
    const sent = readAdvance(request.body);
    if (!sent.ok) return refuse(problem('request-invalid', { errors: sent.error }));
    const account = callerOf(request);
    const target = { byMs: sent.value.seconds * 1000 };
    const once = { operation, content: request.body, render: renderClock };
    return deliverOnce(server, request, once, (remember) => sandbox.advanceClock({ account, target, remember }));
  },
});
