import { Breaker } from '../domain/breaker.ts';
import { type Result, refuse } from '../domain/result.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { LinkAgent, LinkAnswer, LinkFailure } from './link-agent.ts';
import { linkGreeting, linkGreetingHeader } from './link-greeting.ts';

export type LinkPeerOptions = {
  readonly agent: LinkAgent;
  readonly origin: string;
  readonly environment: Parameters<typeof linkGreeting>[0];
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly logger: Logger;
};

export type LinkCall = {
  readonly path: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  /** Whether asking twice is as good as asking once: only then is a lost connection tried again. */
  readonly isRepeatable: boolean;
  /** Goes on in the other part's log. */
  readonly traceId?: string;
};

type Attempt = Omit<LinkCall, 'isRepeatable'> & { readonly method?: 'GET' | 'POST' };

/** A probe of whoever runs the server wants its answer within a second. */
const look: Attempt = { method: 'GET', path: '/health/live', body: null, timeoutMs: 1_000 };

/** One other part of a split server, or several of a kind behind one address. */
export type LinkPeer = {
  call(call: LinkCall): Promise<Result<LinkAnswer, LinkFailure>>;
  /**
   * False from the moment when nothing got through any more, or the other part refused this one, until something does. Asking
   * is enough to have somebody look, where nothing else calls.
   */
  isReachable(): boolean;
};

/** Five in a row are no accident; a caller at a till then hears at once what he would hear after a time-out. */
const breakerLimits = { failuresMax: 5, probeDelayMs: 500, probeDelayMsMax: 4_000 };
/** A restart of the other part takes about a second; a worker comes back by itself, and nobody waits longer. */
const retryDelaysMs = [100, 400] as const;

/** Only who knows neither the name nor the greeting of this part answers so: an outage that a person has to end. */
export const refusedStatus = 403;

const notTried = { failure: 'not-sent', cause: new Error('the breaker is open') } as const;

export const openLinkPeer = ({ agent, origin, environment, clock, pause, logger }: LinkPeerOptions): LinkPeer => {
  const breaker = new Breaker(breakerLimits);
  let isRefused = false;
  const greeting = { [linkGreetingHeader]: linkGreeting(environment) };

  const tryOnce = async ({
    method = 'POST',
    path,
    body,
    timeoutMs,
    traceId,
  }: Attempt): Promise<Result<LinkAnswer, LinkFailure>> => {
    const begunAt = clock.now();
    if (!breaker.allows(begunAt)) return refuse(notTried);
    breaker.noteAttempt(begunAt);
    const headers = traceId === undefined ? greeting : { ...greeting, traceparent: traceId };
    const sentBody = method === 'GET' ? null : JSON.stringify(body);
    const sent = await agent.send({ origin, method, path, headers, body: sentBody, timeoutMs });
    if (sent.ok && sent.value.status === refusedStatus) {
      // Nor is it asked on and on: each refusal is a line in its log.
      breaker.failed(clock.now());
      if (!isRefused) logger.error({ peer: origin }, 'link: the peer refused us (names, mode or release differ)');
      isRefused = true;
      return sent;
    }
    if (sent.ok) {
      if (breaker.succeeded().wasOpen || isRefused) logger.info({ peer: origin }, 'link: the peer answers again');
      isRefused = false;
      return sent;
    }
    const { failure, cause } = sent.error;
    logger.debug({ peer: origin, path, failure, err: cause }, 'link: a call failed');
    if (breaker.failed(clock.now()))
      logger.warn({ peer: origin, failure, err: cause }, 'link: the peer does not answer');
    return sent;
  };

  return {
    call: async (call) => {
      let outcome = await tryOnce(call);
      for (const delayMs of call.isRepeatable ? retryDelaysMs : []) {
        // A time-out has taken all the time that there was.
        if (outcome.ok || outcome.error.failure === 'timeout') break;
        await pause(delayMs);
        outcome = await tryOnce(call);
      }
      return outcome;
    },
    isReachable: () => {
      if (breaker.isOpen || isRefused) void tryOnce(look);
      return !breaker.isOpen && !isRefused;
    },
  };
};
