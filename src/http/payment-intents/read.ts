import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { flagInQuery } from '../query.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

export const readPaymentIntent: Operation = {
  method: 'GET',
  url: '/payment-intents/:paymentIntentId',
  audience: 'merchant',
  id: 'readPaymentIntent',
  resource: 'Payment intents',
  summary: 'Read a payment intent',
  description: 'A Canceled one is not found unless returnCanceled asks for it.',
  changes: false,
  params: paymentIntentId,
  query: Type.Object({
    returnCanceled: Type.Optional(
      Type.Boolean({ default: false, description: 'Whether to find one that is Canceled too.' }),
    ),
  }),
  answer: paymentIntentSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const returnCanceled = flagInQuery(request, 'returnCanceled');
    if (!returnCanceled.ok) return returnCanceled;
    const input = { account: callerOf(request), id: id.value, returnCanceled: returnCanceled.value };
    const intent = await server.useCases.readPaymentIntent(input);
    if (!intent.ok) return intent;
    return ok(renderPaymentIntent(request.apiVersion, server.publicApiUrl())(intent.value));
  },
};
