/** Unpredictable bytes, a port so that the simulation can repeat a run. */
export type Randomness = { bytes(count: number): Uint8Array };
