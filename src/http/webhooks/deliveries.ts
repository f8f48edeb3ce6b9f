import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { renderDeliveries, renderRedelivery, renderReplay, renderSubscription } from './render.ts';
import {
  changeSubscription,
  pageLimit,
  pathPart,
  readDeliveriesQuery,
  readReplayRequest,
  replayRequestSchema,
} from './request.ts';
import {
  deliveriesSchema,
  deliveryIds,
  redeliverySchema,
  replaySchema,
  subscriptionId,
  subscriptionSchema,
} from './schemas.ts';

const url = '/webhooks/:subscriptionId';
const described = { resource: 'Webhooks', audience: 'merchant' } as const;

export const readDeliveries: Operation = {
  ...described,
  method: 'GET',
  url: `${url}/deliveries`,
  id: 'readDeliveries',
  summary: 'Read how a subscription fares',
  description: 'What waits to be delivered, and what was tried in the last three days.',
  params: subscriptionId,
  query: Type.Object({
    before: Type.Optional(Type.String({ description: 'The next of the page before.' })),
    limit: Type.Optional(pageLimit),
  }),
  answer: deliveriesSchema,
  changes: false,
  problems: [404],
  handle: async ({ server, request }) => {
    const query = readDeliveriesQuery(request);
    if (!query.ok) return query;
    const input = { account: callerOf(request), id: pathPart(request, 'subscriptionId'), ...query.value };
    const view = await server.useCases.readDeliveries(input);
    return view.ok ? ok(renderDeliveries(view.value)) : view;
  },
};

export const redeliverWebhook: Operation = {
  ...described,
  method: 'POST',
  url: `${url}/deliveries/:deliveryId/redeliver`,
  id: 'redeliverWebhook',
  summary: 'Deliver a notification again',
  description:
    'At once, whether it arrived, was given up or waits for its next try. One that is Held waits behind an earlier one of its intent and is refused (409, delivery-held): deliver the earlier one again, and it follows.',
  params: deliveryIds,
  answer: redeliverySchema,
  problems: [404, 409],
  handle: (call) =>
    changeSubscription(call, renderRedelivery, (input) =>
      call.server.useCases.redeliverWebhook({ ...input, deliveryId: pathPart(call.request, 'deliveryId') }),
    ),
};

export const replayWebhook: Operation = {
  ...described,
  method: 'POST',
  url: `${url}/replay`,
  id: 'replayWebhook',
  summary: 'Deliver all of a span of time again',
  description:
    'In the order in which it happened, beside what happens meanwhile. Receivers know repetitions by the id. A subscription may have 10 replays under way; one more is refused (409, replays-too-many).',
  params: subscriptionId,
  body: replayRequestSchema,
  answer: replaySchema,
  problems: [404, 409],
  handle: async (call) => {
    const span = readReplayRequest(call.request.body);
    if (!span.ok) return span;
    return changeSubscription(call, renderReplay, (input) =>
      call.server.useCases.replayWebhook({ ...input, ...span.value }),
    );
  },
};

export const resumeSubscription: Operation = {
  ...described,
  method: 'POST',
  url: `${url}/resume`,
  id: 'resumeSubscription',
  summary: 'Let a paused subscription go on',
  description: 'It goes on where it stopped. One that is not paused stays as it is.',
  params: subscriptionId,
  answer: subscriptionSchema,
  problems: [404, 409],
  handle: (call) => changeSubscription(call, renderSubscription, call.server.useCases.resumeSubscription),
};
