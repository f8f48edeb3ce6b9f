import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

const url = '/payment-intents/:paymentIntentId';

export const deletePaymentIntent: Operation = {
  method: 'DELETE',
  url,
  audience: 'merchant',
  schema: describeOperation({
    id: 'deletePaymentIntent',
    resource: 'Payment intents',
    summary: 'Cancel a payment intent',
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
    const once = { operation: `DELETE ${url}`, content: request.body, render };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.deletePaymentIntent({ account, id: id.value, remember }),
    );
  },
};
