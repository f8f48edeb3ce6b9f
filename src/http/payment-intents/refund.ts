import Type from 'typebox';
import { ok, refuse } from '../../domain/result.ts';
import { problem } from '../../problems/problems.ts';
import { renderRefund } from '../../use-cases/refund-answer.ts';
import { callerOf } from '../call.ts';
import { deliverOnce, idempotencyKeyOf } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { idInPath, plainIdInPath } from '../path-id.ts';
import { createRefundSchema, readRefundOrder } from './refund-request.ts';
import { paymentIntentId, refundSchema } from './schemas.ts';

export const refundPaymentIntent: Operation = {
  method: 'POST',
  url: '/payment-intents/:paymentIntentId/refunds',
  audience: 'merchant',
  id: 'refundPaymentIntent',
  resource: 'Refunds',
  summary: 'Give back part or all of a payment',
  description:
    'Several are taken, up to what was captured. The header idempotencyKey is required here, and tells the refunds of one payment apart. 503 refund-unsettled: the acquirer has not answered yet; repeat with the same key to learn the outcome, which is never a second refund.',
  params: paymentIntentId,
  body: createRefundSchema,
  answer: refundSchema,
  keyRequired: true,
  problems: [404, 409],
  handle: async ({ server, request }) => {
    const id = idInPath(request, 'paymentIntentId', 'pi');
    if (!id.ok) return id;
    const key = idempotencyKeyOf(request);
    if (!key.ok) return key;
    if (key.value === null) return refuse(problem('idempotency-key-missing'));
    const order = readRefundOrder(request.body, request.apiVersion);
    if (!order.ok) return refuse(problem('request-invalid', { errors: order.error }));
    // Callers number the refunds of each payment: the same number on another payment is another refund.
    const operation = `POST /payment-intents/${id.value}/refunds`;
    const once = { operation, content: request.body, render: renderRefund };
    const input = { account: callerOf(request), id: id.value, order: order.value, traceId: request.id };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.refundPaymentIntent({ ...input, remember }),
    );
  },
};

export const readRefund: Operation = {
  method: 'GET',
  url: '/payment-intents/refunds/:refundId',
  audience: 'merchant',
  id: 'readRefund',
  resource: 'Refunds',
  summary: 'Read a refund',
  description: 'One that was made. One that is not settled yet is a 503, one that was declined a 404.',
  changes: false,
  params: Type.Object({ refundId: Type.String({ description: 'rfnd_…' }) }),
  answer: refundSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const id = plainIdInPath(request, 'refundId', 'rfnd');
    if (!id.ok) return id;
    const refund = await server.useCases.readRefund({ account: callerOf(request), id: id.value });
    return refund.ok ? ok(renderRefund(refund.value)) : refund;
  },
};
