import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

const url = '/payment-intents/:paymentIntentId/refresh-client-session-secret';

export const refreshPaymentIntentSession: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'refreshPaymentIntentSession',
    resource: 'Payment intents',
    summary: 'Replace the client session secret of a payment intent',
    description: 'The new secret lives 30 minutes; the old one is worthless at once.',
    audience: 'merchant',
    params: paymentIntentId,
    answer: paymentIntentSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const account = callerOf(request);
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    const once = { operation: `POST ${url}`, content: request.body, render };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.refreshPaymentIntentSession({ account, id: id.value, remember }),
    );
  },
};

/** Takes no idempotency key: without an account there is nobody to keep one for, and refreshing twice harms nobody. */
export const refreshPublicPaymentIntentSession: Operation = {
  method: 'POST',
  url: '/payment-intents/public/:paymentIntentId/refresh-client-session-secret',
  audience: 'public',
  schema: describeOperation({
    id: 'refreshPublicPaymentIntentSession',
    resource: 'Payment intents',
    summary: 'Replace the client session secret of a payment intent, from a browser or phone',
    audience: 'public',
    params: paymentIntentId,
    answer: paymentIntentSchema,
    problems: [404, 409],
  }),
  handle: async (server, request) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const intent = await server.useCases.refreshPaymentIntentSession({ account: null, id: id.value, remember: null });
    if (!intent.ok) return intent;
    return ok({
      answer: renderPaymentIntent(request.apiVersion, server.publicApiUrl())(intent.value),
      replayed: false,
    });
  },
};
