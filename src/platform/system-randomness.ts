import { randomFillSync } from 'node:crypto';
import type { Randomness } from '../ports/randomness.ts';

/** Bytes fetched from OpenSSL at once: a call costs some 2 µs whatever its size, and an id needs only ten bytes. */
const poolBytes = 4096;

/**
 * The operating system's generator, through OpenSSL's DRBG.
 * Small requests are cut from a pool; bytes that were handed out are copied and wiped from it, so none is seen twice.
 */
export const openSystemRandomness = (): Randomness => {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return {
    bytes: (count) => {
      if (count > poolBytes / 8) return randomFillSync(new Uint8Array(count));
      if (used + count > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = new Uint8Array(pool.subarray(used, used + count));
      pool.fill(0, used, used + count);
      used += count;
      return bytes;
    },
  };
};
