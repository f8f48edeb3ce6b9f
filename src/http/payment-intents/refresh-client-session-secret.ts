import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import { deliverLatest, deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

const url = '/payment-intents/:paymentIntentId/refresh-client-session-secret';
const publicUrl = '/payment-intents/public/:paymentIntentId/refresh-client-session-secret';

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

/** Of each intent, the last idempotency key is remembered: a repeat must not kill the secret that was just given out. */
export const refreshPublicPaymentIntentSession: Operation = {
  method: 'POST',
  url: publicUrl,
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
    const owner = await server.useCases.ownerOfPaymentIntent(id.value);
    if (owner === undefined) return refuse(problem('payment-intent-not-found'));
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    const once = { operation: `POST ${publicUrl}`, content: request.body, render };
    return deliverLatest(server, request, once, { owner, id: id.value }, (remember) =>
      server.useCases.refreshPaymentIntentSession({ account: owner, id: id.value, remember }),
    );
  },
};
