import type { Answer } from '../../src/use-cases/context.ts';
import type { Accuse, AuditedAttempt, AuditedIntent, Books } from './books-audit.ts';
import type { Call } from './client.ts';
import type { AuditedRefund } from './refunds-audit.ts';

/** What a call looked like when it began. */
export type Begun = {
  readonly call: Call;
  readonly startedAt: number;
  /** The account's time. */
  readonly accountTime: number;
  /** The attempts that it sent to the acquirer itself. */
  readonly attempts: Set<string>;
};

type Body = {
  readonly id?: string;
  readonly paymentIntentId?: string;
  readonly refundId?: string;
  readonly status?: string | number;
  readonly type?: string;
};

const dayMs = 24 * 60 * 60 * 1000;
const reports: readonly string[] = ['Successful', 'Declined', 'Failed'];
const neverWords: readonly string[] = [
  'urn:strongroom:problem:setup-intent-not-found',
  'urn:strongroom:problem:payment-intent-not-found',
];

/** When an object must have left the status in which it waits, by its request: milliseconds of the account's time. */
export type DueTimes = { dueAt(intent: AuditedIntent, status: string): number | undefined };

/** Holds what callers are told against what the database has, and against what they were told before. */
export const openAnswersAudit = (
  accuse: Accuse,
  books: Books,
  refunds: ReadonlyMap<string, AuditedRefund>,
  due: DueTimes,
) => {
  /** By idempotency key: the first answer that must be repeated, and until when (the account's time). */
  const given = new Map<string, { readonly answer: Answer; readonly until: number }>();
  const firstUse = new Map<string, number>();

  const keyOf = ({ call }: Pick<Begun, 'call'>): string | null =>
    call.order.key === null ? null : `${call.accountId} ${call.order.op} ${call.order.key}`;

  /** Attempts that belong to a charge call: those it sent, and those begun under its idempotency key. */
  const attemptsOf = (begun: Begun): readonly AuditedAttempt[] => {
    const { key } = begun.call.order;
    return [...books.attempts.values()].filter(
      ({ id, answerKey }) =>
        begun.attempts.has(id) || (key !== null && answerKey !== null && answerKey.endsWith(` ${key}`)),
    );
  };

  const isLapsed = (begun: Pick<Begun, 'call'>, accountTime: number): boolean =>
    accountTime > (firstUse.get(keyOf(begun) ?? '') ?? 0) + dayMs;

  const checkRepeated = (begun: Begun, answer: Answer, accountTime: number): void => {
    const key = keyOf(begun);
    if (key === null || (answer.status !== 200 && answer.status !== 400)) return;
    // Of a field that is wrong nothing is kept: the caller corrects it and has the key again.
    if (answer.status === 400 && 'errors' in (JSON.parse(answer.body) as object)) return;
    const until = (firstUse.get(key) ?? 0) + dayMs;
    if (accountTime > until) return;
    const before = given.get(key);
    if (begun.call.clash && before !== undefined && before.until >= accountTime)
      return accuse('key-reused', `call ${begun.call.id} got ${answer.status} under the key of another request`);
    if (begun.call.clash) return;
    if (before === undefined) given.set(key, { answer, until });
    else if (before.answer.status !== answer.status || before.answer.body !== answer.body)
      accuse(
        'replay-differs',
        `call ${begun.call.id} repeats a key and got\n    ${answer.status} ${answer.body}\n  instead of\n    ${before.answer.status} ${before.answer.body}`,
      );
  };

  const checkCharge = (begun: Begun, answer: Answer, body: Body, accountTime: number): void => {
    const { call } = begun;
    const attempts = attemptsOf(begun);
    if (answer.status >= 400) {
      const sent = [...begun.attempts];
      if (answer.status < 500 && sent.length > 0)
        accuse('refused-after-sending', `call ${call.id} sent ${sent.join()} and was answered ${answer.status}`);
      return;
    }
    if (!reports.includes(String(body.status)))
      accuse('no-report', `call ${call.id} got 200 and no report of a charge: ${answer.body}`);
    const states = attempts.map(({ state }) => state);
    const payment = books.intents.get(call.objectId);
    const isPaid = payment?.status === 'Captured' || payment?.status === 'Refunded';
    if (body.status === 'Successful' && (!isPaid || !states.includes('approved')))
      accuse(
        'acknowledged-lost',
        `call ${call.id} was told Successful; the payment intent is ${payment?.status ?? 'missing'}`,
      );
    if (body.status === 'Declined' && !states.includes('declined'))
      accuse('acknowledged-lost', `call ${call.id} was told Declined; its attempts are ${states.join()}`);
    if (body.status !== 'Failed') return;
    // A key that has lapsed asks for another charge.
    const own = isLapsed(begun, accountTime) ? attempts.filter(({ id }) => begun.attempts.has(id)) : attempts;
    for (const attempt of own) {
      if (attempt.state === 'approved')
        accuse('told-failed', `call ${call.id} was told Failed; attempt ${attempt.id} is approved`);
      if (attempt.state === 'pending')
        accuse('told-failed', `call ${call.id} was told Failed; attempt ${attempt.id} is still pending`);
      attempt.toldFailed = true;
    }
  };

  const checkRefund = ({ call }: Begun, answer: Answer, body: Body, accountTime: number): void => {
    const { order } = call;
    const begun = [...refunds.values()].filter(({ answerKey }) => answerKey?.endsWith(`/refunds ${order.key ?? ''}`));
    const isDecline = body.type === 'urn:strongroom:problem:refund-declined';
    if (answer.status === 200) {
      const refund = refunds.get(body.refundId ?? '');
      const isAsked = order.op === 'refund' && refund?.amountMinor === order.amountMinor;
      if (refund?.state !== 'refunded' || refund.paymentId !== call.objectId || !isAsked)
        accuse('acknowledged-lost', `call ${call.id} was told of refund ${String(body.refundId)}, which is not so`);
    }
    if (isDecline && !begun.some(({ state }) => state === 'declined'))
      accuse('acknowledged-lost', `call ${call.id} was told that its refund was declined, and it was not`);
    // A key that has lapsed asks for another refund.
    if (answer.status === 400 && !isDecline && !isLapsed({ call }, accountTime) && begun.length > 0)
      accuse('refused-after-sending', `call ${call.id} began ${begun.length} refunds and was answered 400`);
  };

  const checkShown = (begun: Begun, body: Body): void => {
    const { call, startedAt, accountTime } = begun;
    const intent = books.intents.get(body.id ?? '');
    if (intent === undefined)
      return accuse(
        'acknowledged-lost',
        `call ${call.id} was shown ${body.id ?? 'nothing'}, which is not in the database`,
      );
    const shown = String(body.status);
    const isRead = call.order.op === 'read-setup' || call.order.op === 'read-payment';
    const held = intent.history.some(
      ({ status, until }) => status === shown && (!isRead || until === null || until >= startedAt),
    );
    if (!held)
      accuse(
        isRead ? 'stale-read' : 'acknowledged-lost',
        `call ${call.id} was shown ${intent.id} as ${shown}; its history is ${intent.history.map(({ status }) => status).join()}`,
      );
    if (isRead) checkDue(begun.call, intent, shown, startedAt, accountTime);
  };

  const checkDue = (call: Call, intent: AuditedIntent, shown: string, startedAt: number, accountTime: number): void => {
    if (intent.lastLiveAt >= startedAt) return;
    const dueAt = due.dueAt(intent, shown);
    if (dueAt !== undefined && accountTime >= dueAt)
      accuse('out-of-date', `call ${call.id} was shown ${intent.id} as ${shown} after its time`);
  };

  return {
    /** Whether a key has an answer that must be repeated at this moment of the account's time. */
    isGiven: (begun: Begun, accountTime: number): boolean => {
      const before = given.get(keyOf(begun) ?? '');
      return before !== undefined && accountTime <= before.until;
    },
    began: (begun: Begun): void => {
      const key = keyOf(begun);
      if (key !== null && !firstUse.has(key)) firstUse.set(key, begun.accountTime);
    },
    /** @param accountTime at the answer */
    answered: (begun: Begun, answer: Answer, accountTime: number): void => {
      const { call } = begun;
      const body = JSON.parse(answer.body) as Body;
      checkRepeated(begun, answer, accountTime);
      if (call.clash) return;
      if (call.order.op === 'advance') {
        const from = firstUse.get(keyOf(begun) ?? '') ?? begun.accountTime;
        const isThere = accountTime >= from + call.order.byMs;
        if (answer.status === 200 && !isThere)
          accuse('acknowledged-lost', `call ${call.id} was answered before the clock had moved`);
        return;
      }
      if (answer.status === 404 && neverWords.includes(body.type ?? ''))
        accuse('acknowledged-lost', `call ${call.id} was told that ${call.objectId} does not exist`);
      if (call.order.op === 'charge') return checkCharge(begun, answer, body, accountTime);
      if (call.order.op === 'refund') return checkRefund(begun, answer, body, accountTime);
      if (answer.status === 200) checkShown(begun, body);
    },
  };
};
