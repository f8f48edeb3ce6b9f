import {
  activateSubscriptionSecret,
  deleteSubscription,
  deleteSubscriptionSecret,
  generateSecret,
  resumeSubscription,
  updateSubscription,
} from '../../use-cases/change-subscription.ts';
import type { UseCaseContext } from '../../use-cases/context.ts';
import { createSubscription } from '../../use-cases/create-subscription.ts';
import { readDeliveries } from '../../use-cases/read-deliveries.ts';
import { followingOf } from '../../use-cases/follow-notifications.ts';
import { readNotification } from '../../use-cases/read-notifications.ts';
import { listSubscriptions, readSubscription } from '../../use-cases/read-subscriptions.ts';
import { redeliverWebhook, replayWebhook } from '../../use-cases/redeliver-webhook.ts';
import { bound } from '../bound.ts';

/** What the calls about webhooks may ask for. */
export const bindWebhookUseCases = (context: UseCaseContext) => ({
  listSubscriptions: bound(context, listSubscriptions),
  readSubscription: bound(context, readSubscription),
  createSubscription: bound(context, createSubscription),
  updateSubscription: bound(context, updateSubscription),
  deleteSubscription: bound(context, deleteSubscription),
  resumeSubscription: bound(context, resumeSubscription),
  generateSecret: bound(context, generateSecret),
  activateSecret: bound(context, activateSubscriptionSecret),
  deleteSecret: bound(context, deleteSubscriptionSecret),
  readDeliveries: bound(context, readDeliveries),
  redeliverWebhook: bound(context, redeliverWebhook),
  replayWebhook: bound(context, replayWebhook),
  followNotifications: followingOf(context),
  readNotification: bound(context, readNotification),
});
