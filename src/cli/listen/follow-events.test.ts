import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerAnswer } from '../call-server.ts';
import { type EventsPage, followEvents, type ListedEvent } from './follow-events.ts';
import type { Forwarded } from './forward.ts';
import type { ListenState } from './listen-state.ts';

const event = (position: number, more: Partial<ListedEvent> = {}): ListedEvent => ({
  id: `evt_${position}`,
  event: 'setup_intent.created',
  createdAt: '2026-01-01T00:00:00.000Z',
  intentId: 'si_1',
  sequence: position,
  cursor: String(position),
  body: '{}',
  ...more,
});
const state = (cursor: string, lastEventId: string | null = null): ListenState => ({
  cursor,
  lastEventId,
  secret: 's',
});
const down: ServerAnswer = { status: null, said: {} };
const good: Forwarded = { status: 204, failure: null };

/** A server of these events; the listener stops by itself when it has nothing more to do. */
const rig = (events: readonly ListedEvent[]) => {
  const stage = {
    events,
    forwarded: [] as string[],
    saved: [] as ListenState[],
    said: [] as string[],
    waited: [] as number[],
    stopped: false,
    /** In place of the server's own answer, once each. */
    answers: [] as ServerAnswer[],
    /** In place of a confirmation, once each. */
    refusals: [] as Forwarded[],
    onForward: (_event: ListedEvent): void => undefined,
  };
  const get = async (path: string): Promise<ServerAnswer> => {
    const instead = stage.answers.shift();
    if (instead !== undefined) return instead;
    const url = new URL(path, 'http://server');
    const [, , id] = url.pathname.split('/');
    if (id !== undefined) return { status: stage.events.some((known) => known.id === id) ? 200 : 404, said: {} };
    const last = stage.events.at(-1)?.cursor ?? '0';
    const after = url.searchParams.get('after');
    if (after === 'newest') return { status: 200, said: { events: [], next: last } satisfies EventsPage };
    const page = stage.events.filter(({ cursor }) => Number(cursor) > Number(after));
    if (page.length === 0) stage.stopped = true;
    return { status: 200, said: { events: page, next: page.at(-1)?.cursor ?? after } };
  };
  const run = (from: ListenState) =>
    followEvents(
      {
        get,
        forward: async (sent) => {
          stage.forwarded.push(sent.id);
          stage.onForward(sent);
          return stage.refusals.shift() ?? good;
        },
        save: (saved) => stage.saved.push(saved),
        say: (line) => stage.said.push(line),
        now: () => 0,
        wait: async (delayMs) => void stage.waited.push(delayMs),
        isStopped: () => stage.stopped,
      },
      from,
      [],
    );
  return { stage, run };
};

describe('a listener', () => {
  it('forwards in order and notes each event that was confirmed', async () => {
    const { stage, run } = rig([event(3), event(5), event(9)]);
    assert.equal(await run(state('3')), 'stopped');
    assert.deepEqual(stage.forwarded, ['evt_5', 'evt_9']);
    assert.deepEqual(
      stage.saved.map(({ cursor, lastEventId }) => [cursor, lastEventId]),
      [
        ['5', 'evt_5'],
        ['9', 'evt_9'],
      ],
    );
  });

  it('repeats an event until it is confirmed, with longer pauses, and lets none overtake it', async () => {
    const { stage, run } = rig([event(1), event(2)]);
    const failures = [null, 500, 301, null, null, null] as const;
    stage.refusals.push(...failures.map((status) => ({ status, failure: 'nobody listens there' })));
    await run(state('0'));
    assert.deepEqual(stage.forwarded, [...Array.from({ length: 7 }, () => 'evt_1'), 'evt_2']);
    assert.deepEqual(stage.waited, [500, 1000, 2000, 4000, 5000, 5000]);
    assert.match(
      stage.said[0] ?? '',
      /setup_intent\.created {2}si_1 {2}evt_1 {2}nobody listens there .* again in 0\.5 s$/,
    );
    assert.match(stage.said[1] ?? '', / 500 {2}0 ms {2}again in 1 s$/);
  });

  it('does not note an event that was not confirmed when it stopped', async () => {
    const { stage, run } = rig([event(1)]);
    stage.refusals.push({ status: 500, failure: null });
    stage.onForward = () => {
      stage.stopped = true;
    };
    await run(state('0'));
    assert.deepEqual(stage.saved, []);
  });

  it('passes an event that tells two things only with the second', async () => {
    const { stage, run } = rig([event(1), event(1, { id: 'evt_1-1' })]);
    stage.onForward = ({ id }) => {
      assert.deepEqual(stage.saved, []);
      if (id === 'evt_1-1') stage.stopped = true;
    };
    await run(state('0'));
    assert.deepEqual(stage.saved, [state('1', 'evt_1-1')]);
  });

  it('waits for a server that is away, and goes on where it was', async () => {
    const { stage, run } = rig([event(1), event(2)]);
    stage.answers.push(down, down, { status: 503, said: {} });
    await run(state('1', 'evt_1'));
    assert.deepEqual(stage.forwarded, ['evt_2']);
    assert.deepEqual(stage.waited, [500, 1000, 2000]);
    assert.deepEqual(stage.said.slice(0, 2), [
      'The server does not answer; waiting for it.',
      'The server answers again.',
    ]);
  });

  it('begins at the first event of a server whose data is new, were it larger than the old', async () => {
    for (const from of [state('7'), state('2', 'evt_gone')]) {
      const { stage, run } = rig([event(1), event(2), event(3)]);
      await run(from);
      assert.deepEqual(stage.forwarded, ['evt_1', 'evt_2', 'evt_3']);
    }
  });

  it('ends with a refusal that waiting does not change', async () => {
    const { stage, run } = rig([event(1)]);
    stage.answers.push({ status: 401, said: { title: 'The secret key is not valid.' } });
    assert.deepEqual(await run(state('0')), { refusal: '401: The secret key is not valid.' });
  });
});
