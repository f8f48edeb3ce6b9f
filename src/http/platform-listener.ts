import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { cardSchemes } from '../domain/card-summary.ts';
import { amountMinorMax, currencies } from '../domain/money.ts';
import { ok, type Result, refuse } from '../domain/result.ts';
import { apiVersions } from '../domain/versions.ts';
import type { AttemptRequest } from '../ports/card-processor.ts';
import type { RelayedAnswer } from '../ports/platform-link.ts';
import { type Problem, problem } from '../problems/problems.ts';
import type { GivenAnswer } from '../use-cases/answer-once.ts';
import { headersToRelay, problemAnswer } from './answer.ts';
import { addLinkCall } from './link-listener.ts';
import type { Server } from './server.ts';
import { createSetupIntentFrom, type TakeCard } from './setup-intents/create.ts';
import { refusalOfRest } from './setup-intents/setup-intent-door.ts';

/** What the vault, as another process, may ask of the platform. */
export type PlatformCalls = {
  readonly server: Server;
  /** Says where the card of a request waits, until the returned function is called. */
  readonly noteCardPlace: (cardReference: string, vaultUrl: string) => () => void;
  readonly reverseLateApproval: (charge: AttemptRequest) => Promise<void>;
};

const strict = { additionalProperties: false } as const;
const id = Type.String({ minLength: 1, maxLength: 64 });
const text = (maxLength: number) => Type.String({ maxLength });
const secretKey = text(1024);
const header = Type.Optional(text(16 * 1024));

const authentication = Type.Object({ secretKey }, strict);
const cardSummary = Type.Object(
  {
    maskedNumber: Type.String({ pattern: '^\\d{6,8}\\*{1,9}\\d{4}$' }),
    last4: Type.String({ pattern: '^\\d{4}$' }),
    cardholderName: Type.Union([text(256), Type.Null()]),
    scheme: Type.Enum([...cardSchemes]),
    fundingType: Type.Enum(['Unknown', 'Debit', 'Credit', 'Charge', 'Prepaid']),
    expiryYear: Type.Integer(),
    expiryMonth: Type.Integer({ minimum: 1, maximum: 12 }),
  },
  strict,
);
const taken = Type.Object(
  { reference: id, summary: cardSummary, fingerprint: text(256), usableUntil: Type.Integer() },
  strict,
);
const refused = Type.Object(
  {
    code: Type.Enum(['request-invalid', 'test-card-refused', 'acquirer-unavailable']),
    detail: Type.Optional(text(1024)),
    errors: Type.Optional(Type.Record(text(256), Type.Array(text(1024), { maxItems: 32 }))),
  },
  strict,
);
const forwarded = Type.Object(
  {
    secretKey,
    version: Type.Enum([...apiVersions]),
    idempotencyKeys: Type.Object({ idempotencykey: header, 'idempotency-key': header }, strict),
    queryHash: Type.Union([text(64), Type.Null()]),
    content: text(256 * 1024),
    card: Type.Union([Type.Object({ taken }, strict), Type.Object({ refused }, strict)]),
    vaultUrl: Type.String({ pattern: '^https://[^/?#@\\s]{1,300}$' }),
  },
  strict,
);
const lateApproval = Type.Object(
  {
    accountId: id,
    now: Type.Integer({ minimum: 0 }),
    attemptId: id,
    paymentIntentId: id,
    amount: Type.Object(
      { amountMinor: Type.Integer({ minimum: 0, maximum: amountMinorMax }), currency: Type.Enum([...currencies]) },
      strict,
    ),
  },
  strict,
);

type Forwarded = Static<typeof forwarded>;

/** Adds them to the private listener. */
export const addPlatformCalls = (listener: FastifyInstance, calls: PlatformCalls): void => {
  addLinkCall(listener, '/authentications', authentication, async (asked) => {
    const caller = await calls.server.useCases.authenticate(asked);
    return caller.ok ? { account: caller.value.account } : { refused: caller.error.code };
  });
  addLinkCall(listener, '/setup-intents', forwarded, async (request, { id: traceId }) =>
    relayed(await createForwarded(calls, request, traceId), traceId),
  );
  addLinkCall(listener, '/late-approvals', lateApproval, async (charge) => {
    await calls.reverseLateApproval(charge);
    return {};
  });
};

/** The very same as on a listener of its own, for a request that was read elsewhere. */
const createForwarded = async (
  { server, noteCardPlace }: PlatformCalls,
  { content, card, vaultUrl, ...request }: Forwarded,
  traceId: string,
): Promise<Result<GivenAnswer, Problem>> => {
  const caller = await server.useCases.authenticate(request);
  if (!caller.ok) return caller;
  const called = {
    id: traceId,
    method: 'POST',
    url: request.queryHash === null ? '/setup-intents' : `/setup-intents?${request.queryHash}`,
    headers: request.idempotencyKeys,
    account: caller.value.account,
    apiVersion: request.version,
  } as const;
  const body = JSON.parse(content) as Record<string, unknown>;
  // The vault has looked. This side believes it, and makes sure.
  const misplaced = refusalOfRest(server, called, body);
  if (misplaced !== undefined) return refuse(misplaced);
  const takeCard: TakeCard = () => {
    if ('refused' in card) return refuse(refusalOf(card.refused));
    return ok({ ...card.taken, discard: noteCardPlace(card.taken.reference, vaultUrl) });
  };
  return createSetupIntentFrom(server, called, body, takeCard);
};

const refusalOf = ({ code, detail, errors }: Static<typeof refused>): Problem =>
  problem(code, { ...(detail === undefined ? {} : { detail }), ...(errors === undefined ? {} : { errors }) });

const relayed = (outcome: Result<GivenAnswer, Problem>, traceId: FastifyRequest['id']): RelayedAnswer => {
  if (!outcome.ok) return { ...problemAnswer(outcome.error, traceId), headers: headersToRelay(outcome.error.code) };
  const { replayed, ...answer } = outcome.value;
  return { ...answer, headers: replayed === true ? { 'idempotent-replayed': 'true' } : {} };
};
