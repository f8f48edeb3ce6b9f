import { existsSync, readFileSync } from 'node:fs';
import { readRssBytes } from '../../bench/product-process.ts';

/** How much memory a process held after so many requests. */
export type MemorySample = { readonly requests: number; readonly rssMib: number };

const mib = 1024 * 1024;

/** The resident memory of a process; `undefined` on systems that do not tell it in a file. */
export const rssMibOf = (pid: number): number | undefined => {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? readRssBytes(readFileSync(file, 'latin1')) / mib : undefined;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

export type Growth = { readonly warmMib: number; readonly endMib: number; readonly mibPer100k: number };

/**
 * What a run added to a process that was warm. Its first half warms it up: code is compiled, caches fill, the heap takes its
 * working size. Medians, since a heap breathes between two collections.
 */
export const growthOf = (samples: readonly MemorySample[]): Growth => {
  const last = samples.at(-1)?.requests ?? 0;
  const between = (from: number, to: number): number =>
    median(
      samples.filter(({ requests }) => requests >= from * last && requests <= to * last).map(({ rssMib }) => rssMib),
    );
  const warmMib = between(0.5, 0.65);
  const endMib = between(0.85, 1);
  // From the middle of the one stretch to the middle of the other.
  return { warmMib, endMib, mibPer100k: (endMib - warmMib) / ((0.35 * Math.max(1, last)) / 100_000) };
};

/** A leak of 300 bytes a request is 30 MiB in 100 000. A short run cannot tell a leak from a breath of the heap: it may take one. */
const breathMib = 48;
const leakMibPer100k = 30;

export const isGrowing = ({ warmMib, endMib, mibPer100k }: Growth): boolean =>
  endMib - warmMib > breathMib && mibPer100k > leakMibPer100k;
