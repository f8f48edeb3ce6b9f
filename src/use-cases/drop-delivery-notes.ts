import type { UseCaseContext } from './context.ts';

/** How long it can be looked up what was delivered: as long as a delivery is tried at most (real time, roughly). */
export const deliveryNotesKeptMs = 3 * 24 * 60 * 60 * 1000;
/** Pages of up to some hundred attempts each, so that one round stays short. */
const batchSize = 100;

/** Trims the notes of what was delivered, a bounded number a round. */
export const dropDeliveryNotes = async (context: Pick<UseCaseContext, 'store' | 'clock'>): Promise<boolean> => {
  // Dropped by the day, with its partition.
  if (context.store.keepPartitions !== undefined) return false;
  const before = context.clock.now() - deliveryNotesKeptMs;
  await context.store.commit([{ kind: 'drop-delivery-notes', before, limit: batchSize }]);
  return false;
};
