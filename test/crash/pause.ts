import { once } from 'node:events';

/** Waits that long. Only for runs that live by chance, such as a power cut at no particular moment; a test waits for an event. */
export const pause = async (ms: number): Promise<void> => {
  await once(AbortSignal.timeout(ms), 'abort');
};
