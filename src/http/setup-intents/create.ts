import { ok, type Result, refuse } from '../../domain/result.ts';
import { type Problem, problem } from '../../problems/problems.ts';
import type { GivenAnswer } from '../../use-cases/answer-once.ts';
import { type CalledRequest, callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { refusalOfExpiry } from '../schema/cross-field-rules.ts';
import type { Server } from '../server.ts';
import type { UseCases } from '../use-cases.ts';
import { renderSetupIntent } from './render.ts';
import { createSetupIntentSchema, readSetupIntentOrder } from './request.ts';
import { setupIntentSchema } from './schemas.ts';

const url = '/setup-intents';

/** A card in the vault's memory, and a keyed fingerprint of it for telling requests apart. */
export type CardInHand = NonNullable<Parameters<UseCases['createSetupIntent']>[0]['capturedCard']> & {
  readonly fingerprint: string;
  /** To be called when the request is answered, whatever the answer: a card that was not verified must not stay. */
  readonly discard: () => void;
};

/** Takes the card of a request into the vault. `now` in milliseconds since 1970, in the account's time. */
export type TakeCard = (owner: { readonly accountId: string; readonly now: number }) => Result<CardInHand, Problem>;

/**
 * Creates a setup intent from a body without card details.
 * A card is taken only after the fields of the rest are known to be good; whatever is refused later leaves none in memory.
 * @param takeCard `null` on the listener that takes no cards
 */
export const createSetupIntentFrom = async (
  server: Server,
  request: CalledRequest,
  body: unknown,
  takeCard: TakeCard | null,
): Promise<Result<GivenAnswer, Problem>> => {
  const account = callerOf(request);
  const now = server.accountNow(account);
  const order = readSetupIntentOrder(body, request.apiVersion);
  if (!order.ok) return refuse(problem('request-invalid', { errors: order.error }));

  const taken: Result<CardInHand | null, Problem> =
    takeCard === null ? ok(null) : takeCard({ accountId: account.id, now });
  if (!taken.ok) return taken;
  const card = taken.value;
  const content = card === null ? body : [card.fingerprint, card.summary, body];
  const once = { operation: `POST ${url}`, content, render: renderSetupIntent(request.apiVersion) };
  try {
    return await deliverOnce(server, request, once, async (remember) => {
      const refusal = refusalOfExpiry(order.value.expireAt, now);
      if (refusal !== undefined) return refuse(refusal);
      return server.useCases.createSetupIntent({ account, ...order.value, capturedCard: card, remember });
    });
  } finally {
    card?.discard();
  }
};

export const createSetupIntent: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  id: 'createSetupIntent',
  resource: 'Setup intents',
  summary: 'Create a setup intent without a card',
  description:
    'It stays Created until its customer adds a card. A body with card details is refused; the PCI listener takes those.',
  body: createSetupIntentSchema,
  answer: setupIntentSchema,
  problems: [409],
  handle: ({ server, request }) => createSetupIntentFrom(server, request, request.body, null),
};
