import { ok, refuse } from '../../domain/result.ts';
import { notificationModels } from '../../domain/webhook/notification.ts';
import { problem } from '../../problems/problems.ts';
import { callerOf } from '../call.ts';
import { deliverOnce } from '../idempotency.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { renderNothing, renderSubscription, renderSubscriptions } from './render.ts';
import {
  pathPart,
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
  method: 'GET',
  url: `${url}/events`,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'listWebhookEvents',
    summary: 'List what can be subscribed to',
    answer: eventsSchema,
    changes: false,
    problems: [],
  }),
  handle: async () => ok({ answer: eventsAnswer, replayed: false }),
};

export const listSubscriptions: Operation = {
  method: 'GET',
  url,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'listSubscriptions',
    summary: 'List the subscriptions',
    answer: Type.Array(subscriptionSchema),
    changes: false,
    problems: [],
  }),
  handle: async (server, request) => {
    const subscriptions = await server.useCases.listSubscriptions({ account: callerOf(request) });
    return ok({ answer: renderSubscriptions(subscriptions), replayed: false });
  },
};

export const createSubscription: Operation = {
  method: 'POST',
  url,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'createSubscription',
    summary: 'Subscribe an address to events',
    description: 'It is told of what happens from now on. An account sends each event to an address once.',
    body: subscriptionRequestSchema,
    answer: subscriptionSchema,
    problems: [409, 413, 415],
  }),
  handle: async (server, request) => {
    const read = readSubscriptionRequest(request.body);
    if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
    const { url: target, events, description = null } = read.value;
    const once = { operation: `POST ${url}`, content: request.body, render: renderSubscription };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.createSubscription({
        account: callerOf(request),
        url: target,
        events: uniqueNames(events),
        description,
        remember,
      }),
    );
  },
};

export const updateSubscription: Operation = {
  method: 'PATCH',
  url: oneUrl,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'updateSubscription',
    summary: 'Change a subscription',
    description: 'Absent fields stay. A paused subscription goes on where it stopped.',
    params: subscriptionId,
    body: subscriptionUpdateSchema,
    answer: subscriptionSchema,
    problems: [404, 409, 413, 415],
  }),
  handle: async (server, request) => {
    const read = readSubscriptionUpdate(request.body);
    if (!read.ok) return refuse(problem('request-invalid', { errors: read.error }));
    const { events, ...rest } = read.value;
    const change = events === undefined ? rest : { ...rest, events: uniqueNames(events) };
    const once = { operation: `PATCH ${oneUrl}`, content: request.body, render: renderSubscription };
    return deliverOnce(server, request, once, (remember) =>
      server.useCases.updateSubscription({
        account: callerOf(request),
        id: pathPart(request, 'subscriptionId'),
        change,
        remember,
      }),
    );
  },
};

export const deleteSubscription: Operation = {
  method: 'DELETE',
  url: oneUrl,
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'deleteSubscription',
    summary: 'Delete a subscription',
    description: 'With all that waits to be delivered to it.',
    params: subscriptionId,
    answer: null,
    problems: [404, 409],
  }),
  handle: (server, request) =>
    deliverOnce(
      server,
      request,
      { operation: `DELETE ${oneUrl}`, content: request.body, render: renderNothing },
      (remember) =>
        server.useCases.deleteSubscription({
          account: callerOf(request),
          id: pathPart(request, 'subscriptionId'),
          remember,
        }),
    ),
};
