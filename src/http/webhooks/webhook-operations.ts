import type { Operation } from '../operation.ts';
import { readDeliveries, redeliverWebhook, replayWebhook, resumeSubscription } from './deliveries.ts';
import { listNotifications, readNotification } from './notifications.ts';
import { activateSecret, deleteSecret, generateSecret, readSecrets } from './secrets.ts';
import {
  createSubscription,
  deleteSubscription,
  listSubscriptions,
  listWebhookEvents,
  updateSubscription,
} from './subscriptions.ts';

/** Every call about webhooks, in the order of the documentation: the API's own first, then ours. */
export const webhookOperations: readonly Operation[] = [
  listWebhookEvents,
  listSubscriptions,
  createSubscription,
  updateSubscription,
  deleteSubscription,
  readSecrets,
  generateSecret,
  activateSecret,
  deleteSecret,
  readDeliveries,
  redeliverWebhook,
  replayWebhook,
  resumeSubscription,
  listNotifications,
  readNotification,
];
