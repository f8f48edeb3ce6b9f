import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import { type Problem, problem } from '../../problems/problems.ts';
import { sendProblem } from '../answer.ts';
import { misplacedCardField, refusalOfCardData } from '../card-number-guard.ts';
import { beforeBody, sendOutcome } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import type { ListenerBasis, Server } from '../server.ts';
import { createSetupIntentFrom, type TakeCard } from './create.ts';
import { createSetupIntentSchema } from './request.ts';
import { setupIntentSchema } from './schemas.ts';

/** What the vault's intake needs of the platform: everything about a setup intent but its card. */
export type SetupIntentDoor = {
  /** Authentication and version, before the body is read. */
  readonly onRequest: ReturnType<typeof beforeBody>;
  /** @param cardDetails what the OpenAPI document says of the card */
  readonly describe: (cardDetails: TSchema) => FastifySchema;
  /** Validates, creates and answers. `rest` is the body without its card; `takeCard` is called at most once. */
  readonly create: (
    request: FastifyRequest,
    reply: FastifyReply,
    rest: Record<string, unknown>,
    takeCard: TakeCard,
  ) => Promise<FastifyReply>;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, refusal: Problem) => FastifyReply;
};

/** What the OpenAPI document says of the PCI listener's one call: the request without a card, and the card. */
export const describeWithCard: SetupIntentDoor['describe'] = (cardDetails) =>
  describeOperation({
    method: 'POST',
    id: 'createSetupIntentWithCard',
    resource: 'Setup intents',
    summary: 'Create a setup intent with a card',
    description:
      'The card is verified with its issuer. Authorized: it is kept, and can be charged once. Declined: the answer is 200 as well, with status Created and a Declined event. CVV is never kept.',
    audience: 'merchant',
    body: {
      ...createSetupIntentSchema,
      properties: { ...createSetupIntentSchema.properties, cardDetails },
      required: [...createSetupIntentSchema.required, 'cardDetails'],
    },
    answer: setupIntentSchema,
    problems: [409],
  });

/** The door where platform and vault are one process. */
export const doorTo = (server: Server): SetupIntentDoor => ({
  onRequest: beforeBody(server, 'merchant'),
  describe: describeWithCard,
  create: async (request, reply, rest, takeCard) => {
    const refusal = refusalOfRest(server, request, rest);
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    return sendOutcome(request, reply, await createSetupIntentFrom(server, request, rest, takeCard));
  },
  refuse: sendProblem,
});

/** Outside `cardDetails` a card number is as misplaced here as on the other listener. */
export const refusalOfRest = (
  server: Pick<ListenerBasis, 'containsCardNumber'>,
  request: Pick<FastifyRequest, 'url' | 'headers'>,
  rest: Record<string, unknown>,
): Problem | undefined => {
  const refusal = refusalOfCardData(request, rest, undefined, server.containsCardNumber);
  if (refusal !== undefined) return refusal;
  const field = misplacedCardField(rest);
  if (field === undefined) return undefined;
  return problem('card-details-misplaced', {
    detail: 'Nothing of the request was kept. Send the fields of the card inside cardDetails.',
    errors: { [field]: [`The ${field} field is only taken inside CardDetails.`] },
  });
};
