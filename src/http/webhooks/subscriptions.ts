import { ok, refuse } from '../../domain/result.ts';
import { notificationModels } from '../../domain/webhook/notification.ts';
import { problem } from '../../problems/problems.ts';
import { renderNothing } from '../answer.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { renderSubscription, renderSubscriptions } from './render.ts';
import {
  changeSubscription,
  readSubscriptionRequest,
  readSubscriptionUpdate,
  subscriptionRequestSchema,
  subscriptionUpdateSchema,
  uniqueNames,
} from './request.ts';
import { eventsSchema, subscriptionId, subscriptionSchema } from './schemas.ts';
import Type from 'typebox';

const url = '/webhooks';
const oneUrl = `${url}/:subscriptionId`;
const described = { resource: 'Webhooks', audience: 'merchant' } as const;

const eventsAnswer = { status: 200, body: JSON.stringify(notificationModels) };

export const listWebhookEvents: Operation = {
  ...described,
  method: 'GET',
  url: `${url}/events`,
  id: 'listWebhookEvents',
  summary: 'List what can be subscribed to',
  answer: eventsSchema,
  changes: false,
  problems: [],
  handle: async () => ok(eventsAnswer),
};

export const listSubscriptions: Operation = {
  ...described,
  method: 'GET',
  url,
  id: 'listSubscriptions',
  summary: 'List the subscriptions',
  answer: Type.Array(subscriptionSchema),
  changes: false,
  problems: [],
  handle: async ({ server, request }) =>
    ok(renderSubscriptions(await server.useCases.listSubscriptions({ account: callerOf(request) }))),
};

export const createSubscription: Operation = {
  ...described,
  method: 'POST',
  url,
  id: 'createSubscription',
  summary: 'Subscribe an address to events',
  description: 'It is told of what happens from now on. An account sends each event to an address once.',
  body: subscriptionRequestSchema,
  answer: subscriptionSchema,
  problems: [409],
  handle: async ({ server, request, operation }) => {
    const read = readSubscriptionRequest(request.body);
    if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
    const { description = null, ...rest } = read.value;
    const input = { account: callerOf(request), ...rest, events: uniqueNames(rest.events), description };
    const once = { operation, content: request.body, render: renderSubscription };
    return deliverOnce(server, request, once, (remember) => server.useCases.createSubscription({ ...input, remember }));
  },
};

export const updateSubscription: Operation = {
  ...described,
  method: 'PATCH',
  url: oneUrl,
  id: 'updateSubscription',
  summary: 'Change a subscription',
  description: 'Absent fields stay. A paused subscription goes on where it stopped.',
  params: subscriptionId,
  body: subscriptionUpdateSchema,
  answer: subscriptionSchema,
  problems: [404, 409],
  handle: async (call) => {
    const read = readSubscriptionUpdate(call.request.body);
    if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
    const { events, ...rest } = read.value;
    const change = events === undefined ? rest : { ...rest, events: uniqueNames(events) };
    return changeSubscription(call, renderSubscription, (input) =>
      call.server.useCases.updateSubscription({ ...input, change }),
    );
  },
};

export const deleteSubscription: Operation = {
  ...described,
  method: 'DELETE',
  url: oneUrl,
  id: 'deleteSubscription',
  summary: 'Delete a subscription',
  description: 'With all that waits to be delivered to it.',
  params: subscriptionId,
  answer: null,
  problems: [404, 409],
  handle: (call) => changeSubscription(call, renderNothing, call.server.useCases.deleteSubscription),
};
