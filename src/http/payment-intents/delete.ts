import { changeById } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

export const deletePaymentIntent: Operation = {
  method: 'DELETE',
  url: '/payment-intents/:paymentIntentId',
  audience: 'merchant',
  id: 'deletePaymentIntent',
  resource: 'Payment intents',
  summary: 'Cancel a payment intent',
  params: paymentIntentId,
  answer: paymentIntentSchema,
  problems: [404, 409],
  handle: async (call) => {
    const { server, request } = call;
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    return changeById(call, id.value, render, server.useCases.deletePaymentIntent);
  },
};
