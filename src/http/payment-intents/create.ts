import { refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { renderPaymentIntent } from './render.ts';
import { createPaymentIntentSchema, readPaymentIntentOrder } from './request.ts';
import { paymentIntentSchema } from './schemas.ts';

const url = '/payment-intents';

export const createPaymentIntent: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'createPaymentIntent',
    resource: 'Payment intents',
    summary: 'Create a payment intent',
    description: 'Several may name the same setup intent; only one of them can ever be charged.',
    audience: 'merchant',
    body: createPaymentIntentSchema,
    answer: paymentIntentSchema,
    problems: [409, 413, 415],
  }),
  handle: async (server, request) => {
    const account = callerOf(request);
    const order = readPaymentIntentOrder(request.body, request.apiVersion, server.accountNow(account));
    if (!order.ok) return refuse(problem('request-invalid', { errors: order.error }));
    const render = renderPaymentIntent(request.apiVersion, server.publicApiUrl());
    const once = { operation: `POST ${url}`, content: request.body, render };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.createPaymentIntent({ account, ...order.value, remember }),
    );
  },
};
