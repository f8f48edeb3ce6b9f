import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { TSchema } from 'typebox';
import { type Problem, problem } from '../problems/problems.ts';
import { sendProblem } from './answer.ts';
import { misplacedCardField, refusalOfCardData } from './card-number-guard.ts';
import { buildListener, type ListenerOptions } from './listener.ts';
import { beforeBody, sendDelivered } from './operation.ts';
import { describeOperation } from './operation-schema.ts';
import type { Server } from './server.ts';
import { createSetupIntentFrom, type TakeCard } from './setup-intents/create.ts';
import { createSetupIntentSchema } from './setup-intents/request.ts';
import { setupIntentSchema } from './setup-intents/schemas.ts';

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

const doorTo = (server: Server): SetupIntentDoor => ({
  onRequest: beforeBody(server, 'merchant'),
  describe: (cardDetails) =>
    describeOperation({
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
      problems: [409, 413, 415],
    }),
  create: async (request, reply, rest, takeCard) => {
    const refusal = refusalOfRest(server, request, rest);
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    return sendDelivered(
      request,
      reply,
      await createSetupIntentFrom(server, request, rest, JSON.stringify(rest), takeCard),
    );
  },
  refuse: sendProblem,
});

/** Outside `cardDetails` a card number is as misplaced here as on the other listener. */
const refusalOfRest = (server: Server, request: FastifyRequest, rest: Record<string, unknown>): Problem | undefined => {
  const refusal = refusalOfCardData(request, rest, undefined, server.containsCardNumber);
  if (refusal !== undefined) return refusal;
  const field = misplacedCardField(rest);
  if (field === undefined) return undefined;
  return problem('card-details-misplaced', {
    detail: 'Nothing of the request was kept. Send the fields of the card inside cardDetails.',
    errors: { [field]: [`The ${field} field is only taken inside CardDetails.`] },
  });
};

/**
 * The listener that takes card numbers, in one call. Ready to listen.
 * @param addIntake the vault's own route: only it sees the card
 */
export const buildPciListener = (
  server: Server,
  tls: ListenerOptions['tls'],
  addIntake: (listener: FastifyInstance, door: SetupIntentDoor) => void,
): Promise<FastifyInstance> =>
  buildListener(
    server,
    {
      name: 'pci',
      about: {
        title: 'Strongroom PCI listener',
        description: 'Takes card numbers in one call; everything after it goes to the API listener.',
      },
      keepBodyText: false,
      saysMethodNotAllowed: false,
      tls,
    },
    (listener) => addIntake(listener, doorTo(server)),
  );
