import Type from 'typebox';
import { attemptFailures } from '../../domain/webhook/delivery.ts';
import { notificationNames } from '../../domain/webhook/notification.ts';
import { momentSchema } from '../shown-schemas.ts';

/** What the OpenAPI document says of webhooks in an answer; the renderers are held to the API's own documents by tests. */
const subscription = Type.String({ description: 'ws_sandbox_… or ws_prod_…' });
export const subscriptionId = Type.Object({ subscriptionId: subscription });
export const secretIds = Type.Object({ subscriptionId: subscription, secretId: Type.String({ description: 'sc_…' }) });
const delivery = Type.String({
  description: 'dlv_…: one notification to one subscription, however often it is tried.',
});
export const deliveryIds = Type.Object({ subscriptionId: subscription, deliveryId: delivery });

export const eventName = Type.Enum([...notificationNames], { title: 'EventName' });

const secretSchema = Type.Object(
  {
    id: Type.String({ description: 'sc_…' }),
    value: Type.String({ description: 'The key of the signature, as text.' }),
    createdAt: momentSchema('When it was made.'),
    isActive: Type.Boolean({ description: 'Whether it makes the dojo-signature.' }),
  },
  { title: 'Secret' },
);
const secrets = Type.Array(secretSchema, { description: 'One of them is active.' });

export const secretsSchema = Type.Object({ id: subscription, secrets }, { title: 'Secrets' });

export const subscriptionSchema = Type.Object(
  {
    id: subscription,
    accountId: Type.String({ description: 'acc_…' }),
    events: Type.Array(eventName, { description: 'What it is told of.' }),
    url: Type.String({ description: 'Where notifications are sent.' }),
    description: Type.Optional(Type.String({ description: 'As it was sent.' })),
    secrets,
    createdAt: momentSchema('When it was made.'),
    updatedAt: momentSchema('When it was last changed.'),
  },
  { title: 'Subscription' },
);

export const eventsSchema = Type.Array(
  Type.Object(
    {
      model: Type.String({ description: 'The kind of object that they tell of.' }),
      events: Type.Array(eventName, { description: 'What can be subscribed to.' }),
    },
    { title: 'EventsOfModel' },
  ),
);

const deliverySchema = Type.Object(
  {
    id: delivery,
    eventId: Type.String({ description: 'evt_…: of the notification.' }),
    event: eventName,
    status: Type.Enum(['Delivered', 'Failed', 'GivenUp', 'Waiting', 'Held'], {
      description: 'Waiting: for its next try. Held: behind an earlier one of the same intent.',
    }),
    attempt: Type.Integer({ description: 'Which attempt this was; of a waiting one, how many there were.' }),
    responseStatus: Type.Optional(Type.Integer({ description: 'What the receiver answered, where it did.' })),
    failure: Type.Optional(Type.Enum([...attemptFailures], { description: 'Why the attempt was no success.' })),
    durationMs: Type.Optional(Type.Integer({ description: 'How long the attempt took, in milliseconds.' })),
    at: Type.Optional(momentSchema('When it was tried.')),
    nextAttemptAt: Type.Optional(momentSchema('When it is tried again.')),
  },
  { title: 'Delivery' },
);

export const deliveriesSchema = Type.Object(
  {
    subscriptionId: subscription,
    status: Type.Enum(['Active', 'Failing', 'Paused'], {
      description: 'Failing: nothing arrives. Paused: given up until it is resumed.',
    }),
    failingSince: Type.Optional(momentSchema('Since when nothing has arrived.')),
    pausedAt: Type.Optional(momentSchema('When it was given up.')),
    behind: Type.Integer({ description: 'Events that it has not come to yet, counted up to 1000.' }),
    deliveries: Type.Array(deliverySchema, { description: 'What waits, then what was done, newest first.' }),
    next: Type.Optional(Type.String({ description: 'The cursor of the next page.' })),
  },
  { title: 'Deliveries' },
);

export const redeliverySchema = Type.Object(
  {
    id: delivery,
    subscriptionId: subscription,
    status: Type.Enum(['Waiting'], { description: 'It is on its way.' }),
    nextAttemptAt: momentSchema('When it is tried: now.'),
  },
  { title: 'Redelivery' },
);

export const replaySchema = Type.Object(
  {
    id: Type.String({ description: 'rpl_…' }),
    subscriptionId: subscription,
    from: momentSchema('The first moment.'),
    to: momentSchema('The last moment.'),
  },
  { title: 'Replay' },
);

export const notificationSchema = Type.Object(
  {
    id: Type.String({ description: 'evt_…' }),
    event: eventName,
    createdAt: momentSchema('When it happened, in the account’s time.'),
    intentId: Type.String({ description: 'Of the intent that it tells of.' }),
    sequence: Type.Integer({ description: 'Of the event within its intent.' }),
    cursor: Type.String({ description: 'Where to go on after this one.' }),
    body: Type.String({ description: 'The bytes that are delivered, to be signed and sent as they are.' }),
  },
  { title: 'Notification' },
);

export const notificationsSchema = Type.Object(
  {
    events: Type.Array(notificationSchema, { description: 'Oldest first.' }),
    next: Type.String({ description: 'Give it as after in the next call.' }),
  },
  { title: 'Notifications' },
);
