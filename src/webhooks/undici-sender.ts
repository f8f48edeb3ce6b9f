import { Agent, type Dispatcher } from 'undici';
import type { AddressPolicy } from '../domain/webhook/address-policy.ts';
import type { AttemptOutcome } from '../domain/webhook/delivery.ts';
import type { Timers } from '../ports/clock.ts';
import type { WebhookRequest, WebhookSender } from '../ports/webhook-sender.ts';
import { attemptFailureOf } from './attempt-failure.ts';
import { guardedConnector } from './guarded-connector.ts';
import { dojoSignature, standardSignature } from './signature.ts';

export type UndiciSenderOptions = {
  readonly policy: AddressPolicy;
  /** From the first packet to the status line. */
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly lookup?: Parameters<typeof guardedConnector>[2];
};

/** What is read of an answer, so that its connection can be used again; nobody looks at it. */
const answerBytesMax = 64 * 1024;
/** A receiver needs no more headers than a browser sends. */
const answerHeaderBytesMax = 16 * 1024;
/** Above what the relay keeps in flight to one host, so that nothing queues here. */
const connectionsPerOriginMax = 64;

const headersOf = ({ notificationId, body, secrets, timestamp }: WebhookRequest): string[] => [
  'content-type',
  'application/json',
  'user-agent',
  'strongroom-webhooks/1',
  'dojo-signature',
  dojoSignature(secrets[0] ?? '', body),
  'webhook-id',
  notificationId,
  'webhook-timestamp',
  String(timestamp),
  'webhook-signature',
  standardSignature(secrets, notificationId, timestamp, body),
];

/** A success by its status alone: whatever follows in the body, or fails to, changes nothing about it. */
const outcomeOf = (status: number): AttemptOutcome => ({
  status,
  failure: status >= 200 && status < 300 ? null : 'status',
});

class AttemptTimedOut extends Error {
  readonly code = 'ETIMEDOUT';
}
class AnswerTooLong extends Error {}

const attempt = (
  agent: Agent,
  request: WebhookRequest,
  { timeoutMs, timers }: Pick<UndiciSenderOptions, 'timeoutMs' | 'timers'>,
): Promise<AttemptOutcome> =>
  new Promise((resolve) => {
    const { origin, pathname, search } = new URL(request.url);
    let isTimedOut = false;
    let running: Dispatcher.DispatchController | undefined;
    let status: number | null = null;
    let bytes = 0;
    const settle = (outcome: AttemptOutcome): void => {
      takeBackCutOff();
      resolve(status === null ? outcome : outcomeOf(status));
    };
    const takeBackCutOff = timers.after(timeoutMs, () => {
      isTimedOut = true;
      running?.abort(new AttemptTimedOut());
      // A connection that is still being made has no controller to abort.
      settle({ status: null, failure: 'timeout' });
    });
    agent.dispatch(
      { origin, path: pathname + search, method: 'POST', headers: headersOf(request), body: request.body },
      {
        onRequestStart: (controller) => {
          running = controller;
          if (isTimedOut) controller.abort(new AttemptTimedOut());
        },
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (controller, chunk) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax) controller.abort(new AnswerTooLong());
        },
        onResponseEnd: () => settle({ status, failure: null }),
        onResponseError: (_controller, error) => settle({ status: null, failure: attemptFailureOf(error) }),
      },
    );
  });

/** Sends from the thread that it runs in. Redirects are not followed: a redirect is a status like any other. */
export const openUndiciSender = (options: UndiciSenderOptions): WebhookSender => {
  const { policy, timeoutMs, lookup } = options;
  const agent = new Agent({
    connect: guardedConnector(policy, timeoutMs, lookup),
    connections: connectionsPerOriginMax,
    pipelining: 1,
    maxHeaderSize: answerHeaderBytesMax,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // Receivers' names may move: a connection is used for a minute at most between two deliveries.
    keepAliveMaxTimeout: 60_000,
  });
  return {
    send: (request) => attempt(agent, request, options),
    close: () => agent.destroy(),
  };
};
