import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { refuse } from '../../src/domain/result.ts';
import type { SetupIntentDoor } from '../../src/http/pci-listener.ts';
import type { FieldErrors, Problem } from '../../src/problems/problems.ts';
import type { CaptureRefusal, Vault } from '../vault.ts';

/** What the OpenAPI document says of the card. The vault reads it by its own rules. */
const cardDetailsSchema = Type.Object({
  cardNumber: Type.String({ description: 'Spaces and hyphens are ignored.' }),
  cardName: Type.Optional(Type.String({ maxLength: 100 })),
  expiryDate: Type.String({ description: 'MM / YY, MM/YY, MMYY, MM/YYYY or YYYY-MM.' }),
  cV2: Type.String({
    description: 'Also cvv. Four digits for AMEX, else three. In memory until the issuer answered, never kept.',
  }),
});

/**
 * The one call that takes a card number. It parts the card from the body before anything else looks at it:
 * the card goes to the vault's memory, the rest to the platform, and neither body is kept or logged.
 */
export const addCardIntake =
  (captureCard: Vault['captureCard']) =>
  (listener: FastifyInstance, door: SetupIntentDoor): void => {
    listener.route({
      method: 'POST',
      url: '/setup-intents',
      schema: door.describe(cardDetailsSchema),
      onRequest: door.onRequest,
      handler: async (request, reply) => {
        const parted = partCard(request.body);
        if (parted.errors !== undefined) {
          return door.refuse(request, reply, { code: 'request-invalid', errors: parted.errors });
        }
        request.body = undefined;
        return door.create(request, reply, parted.rest, ({ accountId, now }) => {
          const captured = captureCard({ accountId, now, cardDetails: parted.cardDetails });
          return captured.ok ? captured : refuse(problemOf(captured.error));
        });
      },
    });
  };

type Parted =
  | { readonly rest: Record<string, unknown>; readonly cardDetails: unknown; readonly errors?: undefined }
  | { readonly errors: FieldErrors };

/** Names match in any case, as everywhere in the API. */
const partCard = (body: unknown): Parted => {
  if (body === undefined) return required;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { errors: { Body: ['The Body field must be an object.'] } };
  }
  const rest: Record<string, unknown> = {};
  const found: unknown[] = [];
  for (const [key, value] of Object.entries(body)) {
    if (key.toLowerCase() === 'carddetails') found.push(value);
    else rest[key] = value;
  }
  if (found.length > 1) return { errors: { CardDetails: ['The CardDetails field must be sent once.'] } };
  const cardDetails = found[0];
  return cardDetails === undefined || cardDetails === null ? required : { rest, cardDetails };
};

const required: Parted = { errors: { CardDetails: ['The CardDetails field is required.'] } };

/** The vault's refusals in the API's words. Too many cards at once are a matter of seconds. */
const problemOf = (refusal: CaptureRefusal): Problem => {
  if (refusal.code === 'request-invalid') return { code: 'request-invalid', errors: refusal.errors };
  if (refusal.code === 'test-card-refused') return { code: 'test-card-refused' };
  return {
    code: 'acquirer-unavailable',
    detail: 'Too many cards are being verified. Nothing was kept. Try again in a moment.',
  };
};
