import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { renderNotification, renderNotifications } from './render.ts';
import { pageLimit, pathPart, readNotificationsQuery, waitSecondsMax } from './request.ts';
import { notificationSchema, notificationsSchema } from './schemas.ts';

/** Soon enough for a person who waits, seldom enough that many of them cost the database nothing that counts. */
const followIntervalMs = 250;

const described = { resource: 'Events', audience: 'merchant', changes: false } as const;

export const listNotifications: Operation = {
  ...described,
  method: 'GET',
  url: '/events',
  id: 'listNotifications',
  summary: 'Follow the notifications of the account',
  description:
    'In order, after a cursor: from the first where there is none, and only of what is to come after newest. Needs no subscription.',
  query: Type.Object({
    after: Type.Optional(Type.String({ description: 'A cursor, or newest.' })),
    events: Type.Optional(Type.String({ description: 'Names of events, joined by commas.' })),
    limit: Type.Optional(pageLimit),
    wait: Type.Optional(
      Type.Integer({
        maximum: waitSecondsMax,
        description: 'How many seconds the answer may wait for a first notification, where there is none yet.',
      }),
    ),
  }),
  answer: notificationsSchema,
  problems: [],
  handle: async ({ server, request }) => {
    const query = readNotificationsQuery(request);
    if (!query.ok) return query;
    const { waitMs, ...from } = query.value;
    const input = { account: callerOf(request), ...from };
    const goOn = async (): Promise<boolean> =>
      server.pause !== undefined && (await server.pause(followIntervalMs)) && !request.socket.destroyed;
    const page = await server.useCases.followNotifications({ ...input, looksMax: waitMs / followIntervalMs, goOn });
    return ok(renderNotifications(page));
  },
};

export const readNotification: Operation = {
  ...described,
  method: 'GET',
  url: '/events/:eventId',
  id: 'readNotification',
  summary: 'Read one notification',
  params: Type.Object({ eventId: Type.String({ description: 'evt_…' }) }),
  answer: notificationSchema,
  problems: [404],
  handle: async ({ server, request }) => {
    const input = { account: callerOf(request), id: pathPart(request, 'eventId') };
    const found = await server.useCases.readNotification(input);
    return found.ok ? ok(renderNotification(found.value)) : found;
  },
};
