import { readdirSync, readFileSync } from 'node:fs';
import { systemTimers } from '../src/platform/system-timers.ts';

/** Short enough that a call waits little for its node, long enough for a timer to meet it. */
const periodMs = 30;

/**
 * Lets a process run for so large a part of the time only, by stopping it for the rest: what a machine with less of a core
 * for it would be, where nothing may be asked of the machine. @returns what ends it
 */
export const limitShare = (pid: number, share: number): (() => void) => {
  let takeBack = (): void => undefined;
  let isEnded = false;
  const step = (isRunning: boolean): void => {
    if (isEnded) return;
    process.kill(pid, isRunning ? 'SIGCONT' : 'SIGSTOP');
    takeBack = systemTimers.after(periodMs * (isRunning ? share : 1 - share), () => step(!isRunning));
  };
  step(true);
  return () => {
    isEnded = true;
    takeBack();
    process.kill(pid, 'SIGCONT');
  };
};

const fieldsOf = (pid: string): readonly string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  } catch {
    // It has just ended.
    return [];
  }
};

/** Processor time so far of a process and its children, those that have ended included, in ms (proc(5): ticks of 10 ms). */
export const processorMs = (pid: number): number => {
  const of = (fields: readonly string[], from: number, to: number): number =>
    10 * fields.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0);
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(fieldsOf)
    .filter((fields) => fields[1] === String(pid));
  return of(fieldsOf(String(pid)), 11, 15) + children.reduce((sum, fields) => sum + of(fields, 11, 13), 0);
};
