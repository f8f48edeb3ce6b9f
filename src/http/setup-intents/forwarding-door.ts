import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Account } from '../../domain/account.ts';
import { ok, refuse } from '../../domain/result.ts';
import type { CardRefusal, ForwardedCard, ForwardedSetupIntent, PlatformLink } from '../../ports/platform-link.ts';
import { type Problem, problem } from '../../problems/problems.ts';
import { sendAnswer, sendProblem } from '../answer.ts';
import { type KnowsCallers, secretKeyIn } from '../authentication.ts';
import { callerOf } from '../call.ts';
import { embedsCardNumber } from '../embedded-card-number.ts';
import { beforeBody } from '../operation.ts';
import type { ListenerBasis } from '../server.ts';
import type { CardInHand, TakeCard } from './create.ts';
import { describeWithCard, refusalOfRest, type SetupIntentDoor } from './setup-intent-door.ts';

/** What a vault's own listener stands on: no store, no use case, only the link to the process that has them. */
export type ForwardingServer = ListenerBasis & {
  readonly platform: PlatformLink;
  /** The time by which an account lives, milliseconds since 1970. */
  readonly accountNow: (account: Account) => number;
};

/**
 * The door where the platform is another process: it says whose key it is before the body is read, and does all that is
 * not about the card. What goes there has been searched for card numbers here, the key and the headers too.
 */
export const forwardingDoorTo = (server: ForwardingServer): SetupIntentDoor => ({
  onRequest: beforeBody({ useCases: { authenticate: askPlatform(server) } }, 'merchant'),
  describe: describeWithCard,
  create: async (request, reply, rest, takeCard) => {
    const refusal = refusalOfRest(server, request, rest);
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    const account = callerOf(request);
    const card = takeCard({ accountId: account.id, now: server.accountNow(account) });
    const answered = await forward(server, request, rest, card);
    if (!answered.ok) return sendProblem(request, reply, problem(answered.error));
    const { headers, ...answer } = answered.value;
    return sendAnswer(request, reply.headers(headers), answer);
  },
  refuse: sendProblem,
});

/** Whatever comes of it, a card that was not verified does not stay. */
const forward = async (
  { platform }: ForwardingServer,
  request: FastifyRequest,
  rest: Record<string, unknown>,
  card: ReturnType<TakeCard>,
): ReturnType<PlatformLink['createSetupIntent']> => {
  try {
    return await platform.createSetupIntent(forwardedRequest(request, JSON.stringify(rest), card));
  } finally {
    if (card.ok) card.value.discard();
  }
};

const askPlatform =
  ({ platform, containsCardNumber }: ForwardingServer): KnowsCallers['useCases']['authenticate'] =>
  async ({ secretKey }) => {
    // Whatever else it is, a key it is not.
    if (embedsCardNumber(secretKey, containsCardNumber)) return refuse(problem('key-invalid'));
    const answered = await platform.authenticate(secretKey);
    return answered.ok ? ok({ account: answered.value }) : refuse(problem(answered.error));
  };

const forwardedRequest = (
  request: FastifyRequest,
  content: string,
  card: ReturnType<TakeCard>,
): ForwardedSetupIntent => {
  const { headers, url, apiVersion, id } = request;
  const secretKey = secretKeyIn(headers.authorization);
  if (!secretKey.ok) throw new Error('an authenticated request has lost its key');
  const { idempotencykey, 'idempotency-key': draft } = headers;
  const queryAt = url.indexOf('?');
  return {
    secretKey: secretKey.value,
    version: apiVersion,
    idempotencyKeys: {
      ...(idempotencykey === undefined ? {} : { idempotencykey: String(idempotencykey) }),
      ...(draft === undefined ? {} : { 'idempotency-key': String(draft) }),
    },
    traceId: id,
    queryHash: queryAt < 0 ? null : hash('sha256', url.slice(queryAt)),
    content,
    card: card.ok ? { taken: summaryOf(card.value) } : { refused: refusalToForward(card.error) },
  };
};

/** Nothing else of the card, whatever the vault's own object holds. */
const summaryOf = ({ reference, summary, fingerprint, usableUntil }: CardInHand): ForwardedCard => ({
  reference,
  summary,
  fingerprint,
  usableUntil,
});

const refusalToForward = ({ code, ...words }: Problem): CardRefusal => {
  if (code === 'request-invalid' || code === 'test-card-refused' || code === 'acquirer-unavailable') {
    return { code, ...words };
  }
  throw new Error(`the vault refused a card with ${code}`);
};
