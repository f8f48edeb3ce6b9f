import { ok } from '../../domain/result.ts';
import type { Operation } from '../operation.ts';
import { idInPath } from '../path-id.ts';
import { renderPaymentIntent } from './render.ts';
import { paymentIntentId, paymentIntentSchema } from './schemas.ts';

export const readPublicPaymentIntent: Operation = {
  method: 'GET',
  url: '/payment-intents/public/:paymentIntentId',
  audience: 'public',
  id: 'readPublicPaymentIntent',
  resource: 'Payment intents',
  summary: 'Read a payment intent from a browser or phone',
  description: 'Knowing the id is enough: the answer holds the client session secret that the checkout pays with.',
  changes: false,
  params: paymentIntentId,
  answer: paymentIntentSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const intent = await server.useCases.readPublicPaymentIntent({ id: id.value });
    if (!intent.ok) return intent;
    return ok(renderPaymentIntent(request.apiVersion, server.publicApiUrl())(intent.value));
  },
};
