import Type from 'typebox';
import { notificationNames } from '../../domain/webhook/notification.ts';

/** What the OpenAPI document says of webhooks in an answer; the renderers are held to the API's own documents by tests. */
export const subscriptionId = Type.Object({
  subscriptionId: Type.String({ description: 'ws_sandbox_… or ws_prod_…' }),
});
export const secretIds = Type.Object({
  subscriptionId: Type.String({ description: 'ws_sandbox_… or ws_prod_…' }),
  secretId: Type.String({ description: 'sc_…' }),
});

const moment = (description: string) => Type.String({ format: 'date-time', description });
export const eventName = Type.Enum([...notificationNames]);

const secretSchema = Type.Object({
  id: Type.String(),
  value: Type.String({ description: 'The key of the signature, as text.' }),
  createdAt: moment('When it was made.'),
  isActive: Type.Boolean({ description: 'Whether it makes the dojo-signature.' }),
});

export const secretsSchema = Type.Object(
  { id: Type.String({ description: 'Of the subscription.' }), secrets: Type.Array(secretSchema) },
  { title: 'Secrets' },
);

export const subscriptionSchema = Type.Object(
  {
    id: Type.String(),
    accountId: Type.String(),
    events: Type.Array(eventName),
    url: Type.String(),
    description: Type.Optional(Type.String()),
    secrets: Type.Array(secretSchema),
    createdAt: moment('When it was made.'),
    updatedAt: moment('When it was last changed.'),
  },
  { title: 'Subscription' },
);

export const eventsSchema = Type.Array(Type.Object({ model: Type.String(), events: Type.Array(eventName) }));

const deliverySchema = Type.Object(
  {
    id: Type.String({ description: 'dlv_…: one notification to one subscription, however often it is tried.' }),
    eventId: Type.String(),
    event: eventName,
    status: Type.Enum(['Delivered', 'Failed', 'GivenUp', 'Waiting', 'Held'], {
      description: 'Waiting: for its next try. Held: behind an earlier one of the same intent.',
    }),
    attempt: Type.Integer({ description: 'Which attempt this was; of a waiting one, how many there were.' }),
    responseStatus: Type.Optional(Type.Integer()),
    failure: Type.Optional(Type.String()),
    durationMs: Type.Optional(Type.Integer()),
    at: Type.Optional(moment('When it was tried.')),
    nextAttemptAt: Type.Optional(moment('When it is tried again.')),
  },
  { title: 'Delivery' },
);

export const deliveriesSchema = Type.Object(
  {
    subscriptionId: Type.String(),
    status: Type.Enum(['Active', 'Failing', 'Paused']),
    failingSince: Type.Optional(moment('Since when nothing has arrived.')),
    pausedAt: Type.Optional(moment('When it was given up until it is resumed.')),
    behind: Type.Integer({ description: 'Events that it has not come to yet, counted up to 1000.' }),
    deliveries: Type.Array(deliverySchema, { description: 'What waits, then what was done, newest first.' }),
    next: Type.Optional(Type.String({ description: 'The cursor of the next page.' })),
  },
  { title: 'Deliveries' },
);

export const replaySchema = Type.Object(
  {
    id: Type.String({ description: 'rpl_…' }),
    subscriptionId: Type.String(),
    from: moment('The first moment.'),
    to: moment('The last moment.'),
  },
  { title: 'Replay' },
);

export const notificationSchema = Type.Object(
  {
    id: Type.String(),
    event: eventName,
    createdAt: moment('When it happened, in the account’s time.'),
    intentId: Type.String(),
    sequence: Type.Integer({ description: 'Of the event within its intent.' }),
    cursor: Type.String({ description: 'Where to go on after this one.' }),
    body: Type.String({ description: 'The bytes that are delivered, to be signed and sent as they are.' }),
  },
  { title: 'Notification' },
);

export const notificationsSchema = Type.Object(
  { events: Type.Array(notificationSchema), next: Type.String({ description: 'Give it as after in the next call.' }) },
  { title: 'Notifications' },
);
