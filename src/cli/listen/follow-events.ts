import { isSuccess, refusalText, type ServerAnswer } from '../call-server.ts';
import type { Forwarded } from './forward.ts';
import type { ListenState } from './listen-state.ts';

/** A notification as the server lists it. */
export type ListedEvent = {
  readonly id: string;
  readonly event: string;
  readonly createdAt: string;
  readonly intentId: string;
  readonly sequence: number;
  readonly cursor: string;
  readonly body: string;
};
export type EventsPage = { readonly events: readonly ListedEvent[]; readonly next: string };

export type FollowDeps = {
  /** `GET` from the server. Never throws. */
  readonly get: (path: string) => Promise<ServerAnswer>;
  /** Sends to the receiver. Never throws. */
  readonly forward: (event: ListedEvent) => Promise<Forwarded>;
  readonly save: (state: ListenState) => void;
  readonly say: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after so long, or at once when the listener stops. */
  readonly wait: (delayMs: number) => Promise<void>;
  readonly isStopped: () => boolean;
};

/** What ends a listener that nobody stopped: a refusal that waiting does not change. */
export type FollowEnd = { readonly refusal: string } | 'stopped';

/** The server answers as soon as there is something. */
const waitSeconds = 20;
const pageSize = 100;
const firstDelayMs = 500;
/** Whoever starts a receiver again looks at the terminal, and does not want to wait. */
const delayMsMax = 5_000;

const delayMsOf = (tries: number): number => Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(tries, 10));

/** Refused, and refused again however often it is asked. */
const isFinal = (status: number | null): status is number =>
  status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;

/**
 * Forwards an account's notifications one after another, each until the receiver confirms it, and notes each one that it did.
 * @param names only these, or all where there are none
 */
export const followEvents = async (
  deps: FollowDeps,
  start: ListenState,
  names: readonly string[],
): Promise<FollowEnd> => {
  let state = start;
  const advance = (change: Partial<ListenState>): void => {
    if (change.cursor === state.cursor) return;
    state = { ...state, ...change };
    deps.save(state);
  };
  const filter = names.length === 0 ? '' : `&events=${names.join(',')}`;
  // At the start as after every break: the server that answers may be another one than before.
  let mayBeNew = true;
  let failures = 0;

  while (!deps.isStopped()) {
    const newest: NewestPlace | null = mayBeNew ? await newestPlace(deps, state) : null;
    if (newest?.isBefore === true) {
      deps.say('The server has new data: going on from its first event.');
      advance({ cursor: '0', lastEventId: null });
    }
    const isPlaced = newest === null || newest.isBefore !== undefined;
    const path = `/events?after=${state.cursor}&limit=${pageSize}&wait=${failures === 0 ? waitSeconds : 0}${filter}`;
    const answer: ServerAnswer = isPlaced ? await deps.get(path) : newest.answer;
    if (isFinal(answer.status)) return { refusal: refusalText(answer.status, answer.said) };
    mayBeNew = !isSuccess(answer.status);
    if (mayBeNew) {
      if (failures === 0 && !deps.isStopped()) deps.say('The server does not answer; waiting for it.');
      await deps.wait(delayMsOf(failures));
      failures += 1;
      continue;
    }
    if (failures > 0) deps.say('The server answers again.');
    failures = 0;
    await forwardPage(deps, answer.said as EventsPage, advance);
  }
  return 'stopped';
};

type NewestPlace = { readonly answer: ServerAnswer; readonly isBefore: boolean | undefined };

/** Whether the server's newest event comes before what this listener has seen: it was emptied or replaced. Undefined where it does not say. */
const newestPlace = async (deps: FollowDeps, { cursor, lastEventId }: ListenState): Promise<NewestPlace> => {
  const answer = await deps.get('/events?after=newest');
  if (!isSuccess(answer.status)) return { answer, isBefore: undefined };
  if (Number((answer.said as EventsPage).next) < Number(cursor)) return { answer, isBefore: true };
  if (lastEventId === null) return { answer, isBefore: false };
  const known = await deps.get(`/events/${lastEventId}`);
  if (known.status === 404) return { answer: known, isBefore: true };
  return { answer: known, isBefore: isSuccess(known.status) ? false : undefined };
};

const forwardPage = async (
  deps: FollowDeps,
  { events, next }: EventsPage,
  advance: (change: Partial<ListenState>) => void,
): Promise<void> => {
  for (const [index, event] of events.entries()) {
    if (!(await forwardOne(deps, event))) return;
    // One event may tell several things; its place is passed with the last of them.
    if (events[index + 1]?.cursor !== event.cursor) advance({ cursor: event.cursor, lastEventId: event.id });
  }
  advance({ cursor: next });
};

/** Whether it was confirmed; not where the listener was stopped before. */
const forwardOne = async (deps: FollowDeps, event: ListedEvent): Promise<boolean> => {
  for (let tries = 0; !deps.isStopped(); tries += 1) {
    const begunAt = deps.now();
    const { status, failure } = await deps.forward(event);
    const endedAt = deps.now();
    if (deps.isStopped() && !isSuccess(status)) return false;
    const what = `${new Date(endedAt).toISOString()}  ${event.event}  ${event.intentId}  ${event.id}`;
    const came = `${status ?? failure ?? 'no answer'}  ${endedAt - begunAt} ms`;
    if (isSuccess(status)) {
      deps.say(`${what}  ${came}`);
      return true;
    }
    const delayMs = delayMsOf(tries);
    deps.say(`${what}  ${came}  again in ${delayMs / 1000} s`);
    await deps.wait(delayMs);
  }
  return false;
};
