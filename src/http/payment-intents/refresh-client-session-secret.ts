import { changeById, changeLatest } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

export const refreshPaymentIntentSession: Operation = {
  method: 'POST',
  url: '/payment-intents/:paymentIntentId/refresh-client-session-secret',
  audience: 'merchant',
  id: 'refreshPaymentIntentSession',
  resource: 'Payment intents',
  summary: 'Replace the client session secret of a payment intent',
  description: 'The new secret lives 30 minutes; the old one is worthless at once.',
  params: paymentIntentId,
  answer: paymentIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    return changeById(call, id.value, render, server.useCases.refreshPaymentIntentSession);
  },
};

/** Of each intent, the last idempotency key is remembered: a repeat must not kill the secret that was just given out. */
export const refreshPublicPaymentIntentSession: Operation = {
  method: 'POST',
  url: '/payment-intents/public/:paymentIntentId/refresh-client-session-secret',
  audience: 'public',
  id: 'refreshPublicPaymentIntentSession',
  resource: 'Payment intents',
  summary: 'Replace the client session secret of a payment intent, from a browser or phone',
  params: paymentIntentId,
  answer: paymentIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const owner = await server.useCases.ownerOfPaymentIntent(id.value);
    if (!owner.ok) return owner;
    const object = { account: owner.value, id: id.value };
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    return changeLatest(call, object, render, server.useCases.refreshPaymentIntentSession);
  },
};
