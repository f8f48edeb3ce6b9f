import { StoreUnavailable } from '../ports/store.ts';
import type { Engine } from './engine.ts';

/**
 * Proves that a commit still reaches the disk, for checks of health: a crowd of them costs one write. It takes as long as
 * the engine lets a write take. The function throws `StoreUnavailable` when the database cannot be reached or written.
 * @param sql counts on in the one row of a table
 */
export const openHeartbeat = (engine: Pick<Engine, 'write'>, sql: string): (() => Promise<void>) => {
  const beat = async (): Promise<void> => {
    const refusal = await engine.write([{ sql, params: [], mustChange: 'one' }]);
    if (refusal !== undefined) throw new StoreUnavailable(`The heartbeat was refused: ${refusal.refused}`);
  };
  let beating: Promise<void> | undefined;
  return () => {
    beating ??= beat().finally(() => {
      beating = undefined;
    });
    return beating;
  };
};
