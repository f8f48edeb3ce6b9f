import { StoreUnavailable } from '../ports/store.ts';

/** Runs what is done under one name one after the other, in the order of the calls; see `openTurns`. */
export type InTurn = <T>(name: string, run: () => Promise<T>) => Promise<T>;

/**
 * Lets the changes of one object take turns within this process. Each would be refused by the database if another came in
 * between; in a crowd of them, say of refreshed sessions, some would lose until they give up, and a charge must not.
 * Other nodes know nothing of these turns: what they save in between is still noticed, by its version.
 * When a run fails with StoreUnavailable, everyone queued behind it fails with the same error at once, instead of each waiting out
 * its own time limit.
 */
export const openTurns = (): InTurn => {
  const last = new Map<string, Promise<void>>();
  return (name, run) => {
    const before = last.get(name);
    const result = before === undefined ? run() : before.then(run);
    const over = result.then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof StoreUnavailable) throw error;
      },
    );
    last.set(name, over);
    const leave = (): void => {
      if (last.get(name) === over) last.delete(name);
    };
    over.then(leave, leave);
    return result;
  };
};
