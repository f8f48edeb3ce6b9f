import type { AttemptOutcome } from '../domain/webhook/delivery.ts';

/** One attempt to deliver: what is sent, and what it is signed with. */
export type WebhookRequest = {
  readonly url: string;
  readonly notificationId: string;
  readonly body: string;
  /** The active secret first. */
  readonly secrets: readonly string[];
  /** Real time in whole seconds, part of the signature that cannot be replayed later. */
  readonly timestamp: number;
};

/**
 * Sends notifications over the network, safely towards it. Never throws and never retries: what came of an attempt is data.
 * Answers within its time limit.
 */
export type WebhookSender = {
  send(request: WebhookRequest): Promise<AttemptOutcome>;
  /** Cuts off what is under way. */
  close(): Promise<void>;
};
