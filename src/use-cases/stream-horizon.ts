import type { Store } from '../ports/store.ts';
import { GapWatch } from './gap-watch.ts';

/** No transaction stays open while so many positions are taken behind its own. */
const lookBack = 50_000;

/**
 * Tells up to which position nothing new can appear in the stream of events. One for all readers of a process: what one
 * of them found out holds for the others.
 */
export const streamHorizon = (
  store: Pick<Store, 'gapsMayFill' | 'writers' | 'lastEventPosition' | 'lastBeforeGap'>,
): ((now: number) => Promise<number>) => {
  const gaps = new GapWatch(store);
  let horizon = 0;
  const moveOn = async (last: number): Promise<boolean> => {
    const from = Math.max(horizon, gaps.permanentUpTo, last - lookBack);
    const to = from < last ? await store.lastBeforeGap(from, lookBack) : from;
    horizon = Math.max(horizon, from, to);
    return horizon >= last;
  };
  return async (now) => {
    if (!store.gapsMayFill) return Number.MAX_SAFE_INTEGER;
    const last = await store.lastEventPosition();
    if (await moveOn(last)) return horizon;
    await gaps.look(last, now);
    await moveOn(last);
    return horizon;
  };
};
