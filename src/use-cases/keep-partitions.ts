import type { UseCaseContext } from './context.ts';
import { deliveryNotesKeptMs } from './drop-delivery-notes.ts';

/**
 * Makes the partitions of the coming time and drops those whose time has passed, where the database keeps tables in
 * partitions. Rows that found none were put right; that there were any means that a clock is wrong or nobody made partitions.
 */
export const keepPartitions = async (
  context: Pick<UseCaseContext, 'store' | 'clock' | 'onFault' | 'eventsKeptMs'>,
): Promise<boolean> => {
  const { store, clock, onFault, eventsKeptMs } = context;
  const now = clock.now();
  const kept = await store.keepPartitions?.({
    now,
    notesBefore: now - deliveryNotesKeptMs,
    eventsBefore: eventsKeptMs === undefined ? null : now - eventsKeptMs,
  });
  if (kept !== undefined && kept.strays > 0)
    onFault(
      new Error(`${kept.strays} rows had no partition; made: ${kept.added.join(', ')}`),
      'store: rows had no partition',
    );
  return false;
};
