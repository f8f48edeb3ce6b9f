/** A repeatable source of choices (sfc32, of PractRand's author): fast, and good enough to look like chance. */
export type SeededRandom = {
  /** 0 … below - 1. */
  int(below: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(count: number): Uint8Array;
};

export const seededRandom = (seed: number): SeededRandom => {
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let d = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let round = 0; round < 15; round++) next();
  const int = (below: number): number => Math.floor((next() / 2 ** 32) * below);
  return {
    int,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (list) => {
      const picked = list[int(list.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    bytes: (count) => {
      const bytes = new Uint8Array(count);
      for (let index = 0; index < count; index += 4) {
        const word = next();
        bytes[index] = word;
        if (index + 1 < count) bytes[index + 1] = word >>> 8;
        if (index + 2 < count) bytes[index + 2] = word >>> 16;
        if (index + 3 < count) bytes[index + 3] = word >>> 24;
      }
      return bytes;
    },
  };
};
