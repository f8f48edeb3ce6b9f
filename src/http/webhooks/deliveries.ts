import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { renderDeliveries, renderRedelivery, renderReplay, renderSubscription } from './render.ts';
import { pathPart, readDeliveriesQuery, readReplayRequest, replayRequestSchema } from './request.ts';
import { deliveriesSchema, replaySchema, subscriptionId, subscriptionSchema } from './schemas.ts';

const url = '/webhooks/:subscriptionId';
const redeliverUrl = `${url}/deliveries/:deliveryId/redeliver`;
const described = { resource: 'Webhooks', audience: 'merchant' } as const;

export const readDeliveries: Operation = {
  method: 'GET',
  url: `${url}/deliveries`,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'readDeliveries',
    summary: 'Read how a subscription fares',
    description: 'What waits to be delivered, and what was tried in the last three days.',
    params: subscriptionId,
    query: Type.Object({ before: Type.Optional(Type.String()), limit: Type.Optional(Type.Integer({ maximum: 500 })) }),
    answer: deliveriesSchema,
    changes: false,
    problems: [404],
  }),
  handle: async (server, request) => {
    const query = readDeliveriesQuery(request);
    if (!query.ok) return query;
    const input = { account: callerOf(request), id: pathPart(request, 'subscriptionId'), ...query.value };
    const view = await server.useCases.readDeliveries(input);
    return view.ok ? ok({ answer: renderDeliveries(view.value), replayed: false }) : view;
  },
};

export const redeliverWebhook: Operation = {
  method: 'POST',
  url: redeliverUrl,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'redeliverWebhook',
    summary: 'Deliver a notification again',
    description:
      'At once, whether it arrived, was given up or waits for its next try. One that is Held waits behind an earlier one of its intent and is refused (409, delivery-held): deliver the earlier one again, and it follows.',
    params: Type.Object({ subscriptionId: Type.String(), deliveryId: Type.String({ description: 'dlv_…' }) }),
    answer: Type.Object({
      id: Type.String(),
      subscriptionId: Type.String(),
      status: Type.Enum(['Waiting']),
      nextAttemptAt: Type.String({ format: 'date-time' }),
    }),
    problems: [404, 409],
  }),
  handle: (server, request) => {
    const once = { operation: `POST ${redeliverUrl}`, content: request.body, render: renderRedelivery };
    const ids = { id: pathPart(request, 'subscriptionId'), deliveryId: pathPart(request, 'deliveryId') };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.redeliverWebhook({ account: callerOf(request), ...ids, remember }),
    );
  },
};

export const replayWebhook: Operation = {
  method: 'POST',
  url: `${url}/replay`,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'replayWebhook',
    summary: 'Deliver all of a span of time again',
    description:
      'In the order in which it happened, beside what happens meanwhile. Receivers know repetitions by the id. A subscription may have 10 replays under way; one more is refused (409, replays-too-many).',
    params: subscriptionId,
    body: replayRequestSchema,
    answer: replaySchema,
    problems: [404, 409, 413, 415],
  }),
  handle: async (server, request) => {
    const span = readReplayRequest(request.body);
    if (!span.ok) return span;
    const once = { operation: `POST ${url}/replay`, content: request.body, render: renderReplay };
    const id = pathPart(request, 'subscriptionId');
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.replayWebhook({ account: callerOf(request), id, ...span.value, remember }),
    );
  },
};

export const resumeSubscription: Operation = {
  method: 'POST',
  url: `${url}/resume`,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'resumeSubscription',
    summary: 'Let a paused subscription go on',
    description: 'It goes on where it stopped. One that is not paused stays as it is.',
    params: subscriptionId,
    answer: subscriptionSchema,
    problems: [404, 409],
  }),
  handle: (server, request) =>
    deliverOnce(
      server,
      request,
      { operation: `POST ${url}/resume`, content: request.body, render: renderSubscription },
      (remember) =>
        server.useCases.resumeSubscription({
          account: callerOf(request),
          id: pathPart(request, 'subscriptionId'),
          remember,
        }),
    ),
};
