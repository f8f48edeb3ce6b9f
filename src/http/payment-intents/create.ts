import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { refusalOfExpiry } from '../schema/cross-field-rules.ts';
import { renderPaymentIntent } from './render.ts';
import { createPaymentIntentSchema, readPaymentIntentOrder } from './request.ts';
import { paymentIntentSchema } from './schemas.ts';

export const createPaymentIntent: Operation = {
  method: 'POST',
  url: '/payment-intents',
  audience: 'merchant',
  id: 'createPaymentIntent',
  resource: 'Payment intents',
  summary: 'Create a payment intent',
  description: 'Several may name the same setup intent; only one of them can ever be charged.',
  body: createPaymentIntentSchema,
  answer: paymentIntentSchema,
  problems: [409],
  handle: async ({ server, request, operation }) => {
    const account = callerOf(request);
    const order = readPaymentIntentOrder(request.body, request.apiVersion);
    if (!order.ok) return refuse(problem('request-invalid', { errors: order.error }));
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    return deliverOnce(server, request, { operation, content: request.body, render }, async (remember) => {
      const refusal = refusalOfExpiry(order.value.expireAt, server.accountNow(account));
      if (refusal !== undefined) return refuse(refusal);
      return server.useCases.createPaymentIntent({ account, ...order.value, remember });
    });
  },
};
