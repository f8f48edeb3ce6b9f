import { holdsMarkedCard } from './judge.ts';

/** Looks through a server's log while it comes, and keeps none of it. */
export type WatchedLog = {
  take(text: string): void;
  /** Asks whether the log names a trace id that an answer had. */
  expect(traceId: string, request: string): void;
  readonly counts: { lines: number; errors: number };
  /** What was wrong: lines of faults, and card numbers. */
  readonly faults: readonly string[];
  /** Requests whose trace ids no line named. */
  missing(): readonly string[];
};

const faultsMax = 20;

export const openWatchedLog = (): WatchedLog => {
  const counts = { lines: 0, errors: 0 };
  const faults: string[] = [];
  const expected = new Map<string, string>();
  const seenEarly = new Set<string>();
  let rest = '';
  const takeLine = (line: string): void => {
    // What it says to the person who started it, a test card included, is no log.
    if (!line.startsWith('{')) return;
    counts.lines += 1;
    const traceId = /"traceId":"([0-9a-f-]+)"/.exec(line)?.[1];
    if (traceId !== undefined && !expected.delete(traceId)) {
      // The line of an answer may come before its reader has looked at the answer.
      seenEarly.add(traceId);
      if (seenEarly.size > 5_000) seenEarly.delete(seenEarly.values().next().value ?? '');
    }
    const isFault = line.includes('"level":"error"');
    if (isFault) counts.errors += 1;
    if ((isFault || holdsMarkedCard(line)) && faults.length < faultsMax) faults.push(line.slice(0, 2_000));
  };
  return {
    counts,
    faults,
    take(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) takeLine(line);
    },
    expect(traceId, request) {
      if (!seenEarly.delete(traceId)) expected.set(traceId, request);
    },
    missing: () => [...expected.values()],
  };
};
