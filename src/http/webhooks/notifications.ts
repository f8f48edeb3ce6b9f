import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { describeOperation } from '../operation-schema.ts';
import { renderNotification, renderNotifications } from './render.ts';
import { pathPart, readNotificationsQuery } from './request.ts';
import { notificationSchema, notificationsSchema } from './schemas.ts';

const described = { resource: 'Events', audience: 'merchant', changes: false } as const;

export const listNotifications: Operation = {
  method: 'GET',
  url: '/events',
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'listNotifications',
    summary: 'Follow the notifications of the account',
    description:
      'In order, after a cursor: from the first where there is none, and only of what is to come after newest. Needs no subscription.',
    query: Type.Object({
      after: Type.Optional(Type.String({ description: 'A cursor, or newest.' })),
      events: Type.Optional(Type.String({ description: 'Names of events, joined by commas.' })),
      limit: Type.Optional(Type.Integer({ maximum: 500 })),
    }),
    answer: notificationsSchema,
    problems: [],
  }),
  handle: async (server, request) => {
    const query = readNotificationsQuery(request);
    if (!query.ok) return query;
    const page = await server.useCases.readNotifications({ account: callerOf(request), ...query.value });
    return ok({ answer: renderNotifications(page), replayed: false });
  },
};

export const readNotification: Operation = {
  method: 'GET',
  url: '/events/:eventId',
  audience: 'merchant',
  schema: describeOperation({
    ...described,
    id: 'readNotification',
    summary: 'Read one notification',
    params: Type.Object({ eventId: Type.String({ description: 'evt_…' }) }),
    answer: notificationSchema,
    problems: [404],
  }),
  handle: async (server, request) => {
    const found = await server.useCases.readNotification({
      account: callerOf(request),
      id: pathPart(request, 'eventId'),
    });
    return found.ok ? ok({ answer: renderNotification(found.value), replayed: false }) : found;
  },
};
