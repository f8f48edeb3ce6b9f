import { StoreUnavailable } from '../../ports/store.ts';
import type { Connection } from './connect.ts';

/** One place in a pool: connected when it is first used, and again after its connection was lost. */
export type Reconnecting = {
  /** Throws `StoreUnavailable`. Callers at the same time share one attempt. */
  connection(): Promise<Connection>;
  close(): Promise<void>;
};

export const reconnecting = (connect: () => Promise<Connection>): Reconnecting => {
  let current: Connection | undefined;
  let opening: Promise<Connection> | undefined;
  let closed = false;

  const reopen = async (): Promise<Connection> => {
    await current?.end();
    current = undefined;
    const opened = await connect();
    current = opened;
    if (closed) {
      await opened.end();
      throw new StoreUnavailable('The database is closed.');
    }
    return opened;
  };

  return {
    connection: async () => {
      if (closed) throw new StoreUnavailable('The database is closed.');
      if (current !== undefined && !current.isLost()) return current;
      opening ??= reopen().finally(() => {
        opening = undefined;
      });
      return opening;
    },
    close: async () => {
      closed = true;
      await opening?.catch(() => undefined);
      await current?.end();
    },
  };
};
