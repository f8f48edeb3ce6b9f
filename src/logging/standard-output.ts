import { write, writeSync } from 'node:fs';
import type { Timers } from '../ports/clock.ts';

/** A write per line would cost more than the line: 10 000 lines a second become some fifty writes. */
const groupLength = 65_536;
/** How long a line may wait for others to share its write. */
const groupingMs = 100;
/** When what the disk or the reader did not take is tried again: a pipe holds 64 KiB, and its reader may be fast. */
const retryMs = 10;
/** Characters beyond which lines are dropped rather than kept in memory until it runs out. */
const waitingLengthMax = 8 * 1024 * 1024;
/** How long an end waits for a disk or a reader that takes nothing. */
const flushMsMax = 500;

export type LogOutput = {
  /** Never throws. */
  write(line: string): void;
  /** Begins to write what waits. */
  push(): void;
  /** Resolves when all lines so far have been handed to the operating system, or do not get there in half a second. */
  flush(): Promise<void>;
};

export type StandardOutputOptions = {
  /** Groups are written off the event loop; without them each line is there before the call returns. */
  readonly isGrouping: boolean;
  readonly timers: Timers;
  /** Told how many lines were dropped, when there is room again for one that says so. */
  readonly onLost: (lines: number) => void;
};

/** Lines that wait to be written. Those that there is no room for are counted. */
const waitingLines = (onLost: StandardOutputOptions['onLost']) => {
  let lines: string[] = [];
  let length = 0;
  let lost = 0;
  return {
    length: () => length,
    /** @param underWay how much waits beside them */
    add: (line: string, underWay: number): void => {
      if (length + underWay > waitingLengthMax) {
        lost += 1;
        return;
      }
      if (lost > 0) {
        const count = lost;
        lost = 0;
        onLost(count);
      }
      lines.push(line);
      length += line.length;
    },
    take: (): Buffer => {
      const taken = Buffer.from(lines.join(''));
      lines = [];
      length = 0;
      return taken;
    },
  };
};

/**
 * Lines to standard output, which may be a full disk or a pipe that nobody reads: neither keeps the server from serving or from
 * ending. What cannot be written is tried again, in order, until too much waits. What is left when the process exits is tried once.
 */
export const openStandardOutput = ({ isGrouping, timers, onLost }: StandardOutputOptions): LogOutput => {
  // Opened as a stream, a pipe refuses what it has no room for; else it would hold a thread until it is read, and with it the exit.
  const { fd } = process.stdout;
  const waiting = waitingLines(onLost);
  /** What is being written, up to its last byte, however often that is tried. */
  let chunk: Buffer = Buffer.alloc(0);
  let isInThread = false;
  let isGroupDue = false;
  const flushed: (() => void)[] = [];

  const take = (): boolean => {
    chunk = waiting.take();
    return chunk.length > 0;
  };

  const writeOn = (): void => {
    isInThread = true;
    write(fd, chunk, (error, written) => {
      isInThread = false;
      if (error !== null) return void timers.after(retryMs, writeOn);
      chunk = chunk.subarray(written);
      if (chunk.length > 0) return writeOn();
      if (flushed.length === 0) return group();
      push();
      if (chunk.length === 0) for (const resolve of flushed.splice(0)) resolve();
    });
  };

  const push = (): void => {
    if (chunk.length === 0 && take()) writeOn();
  };

  const group = (): void => {
    if (isGroupDue || waiting.length() === 0) return;
    isGroupDue = true;
    timers.after(groupingMs, () => {
      isGroupDue = false;
      push();
    });
  };

  /** @returns whether all is written */
  const writeAllNow = (): boolean => {
    try {
      while (chunk.length > 0 || take()) chunk = chunk.subarray(writeSync(fd, chunk));
      return true;
    } catch {
      return false;
    }
  };

  process.once('exit', () => {
    // The thread still writes what it has: the process does not end before.
    if (isInThread) chunk = Buffer.alloc(0);
    writeAllNow();
  });

  return {
    write: (line) => {
      waiting.add(line, chunk.length);
      if (isGrouping) return waiting.length() < groupLength ? group() : push();
      if (chunk.length === 0 && !writeAllNow()) writeOn();
    },
    push,
    flush: () =>
      new Promise((resolve) => {
        push();
        if (chunk.length === 0) return resolve();
        flushed.push(resolve);
        timers.after(flushMsMax, resolve);
      }),
  };
};
