import { AsyncLocalStorage } from 'node:async_hooks';
import { type Fate, okFate } from './step.ts';

/** One start of one process: what belongs to it ends with it. */
export type Life = { readonly node: number; readonly start: number; alive: boolean };

export type TurnKind = 'read' | 'flush' | 'written' | 'message' | 'answer' | 'timer' | 'round';

/** A place where the product waits, and what goes on when its turn comes. */
export type Turn = {
  /** Owner and count: the same in every run that makes the same decisions for that owner. */
  readonly label: string;
  readonly kind: TurnKind;
  /** `null`: on the wire, where no crash reaches it. */
  readonly life: Life | null;
  /** It is not due before this moment. */
  readonly dueAt: number;
  /** For the trace. */
  readonly what: () => string;
  readonly run: (fate: Fate) => void;
};

/** On whose behalf code runs: a call of a client, or a worker of a node. Follows every await. */
export type Owner = { readonly label: string; count: number; readonly callId: number | null };

const owners = new AsyncLocalStorage<Owner>();
export const runAs = <T>(owner: Owner, run: () => T): T => owners.run(owner, run);
export const currentCallId = (): number | null => owners.getStore()?.callId ?? null;

/** Everything that waits. Nothing of the product goes on by itself: a step picks a turn. */
export type Turns = {
  add(
    turn: Omit<Turn, 'label' | 'dueAt' | 'what'> & { readonly dueAt?: number; readonly what?: () => string },
  ): () => void;
  /** A turn as a promise; `act` runs when it comes and may throw. */
  wait<T>(life: Life, kind: TurnKind, what: () => string, act: (fate: Fate) => T): Promise<T>;
  get(label: string): Turn | undefined;
  take(turn: Turn, fate: Fate): void;
  /** In the order in which they began to wait. */
  due(now: number): readonly Turn[];
  nextDueAt(): number | undefined;
  dropOf(life: Life): void;
};

export const openTurns = (): Turns => {
  const waiting = new Map<string, Turn>();
  const nobody: Owner = { label: 'x', count: 0, callId: null };
  const add: Turns['add'] = ({ kind, life, run, dueAt = 0, what = () => kind }) => {
    if (life !== null && !life.alive) return () => undefined;
    const owner = owners.getStore() ?? nobody;
    const label = `${owner.label}.${owner.count++}`;
    // What a turn leads to belongs to whoever waited for the turn: the answer to a message is its sender's.
    waiting.set(label, { label, kind, life, dueAt, what, run: (fate) => owners.run(owner, () => run(fate)) });
    return () => void waiting.delete(label);
  };
  return {
    add,
    wait: (life, kind, what, act) =>
      new Promise((resolve, reject) => {
        add({
          kind,
          life,
          what,
          run: (fate) => {
            try {
              resolve(act(fate));
            } catch (error) {
              reject(error as Error);
            }
          },
        });
      }),
    get: (label) => waiting.get(label),
    take: (turn, fate) => {
      waiting.delete(turn.label);
      turn.run(turn.kind === 'timer' || turn.kind === 'answer' || turn.kind === 'written' ? okFate : fate);
    },
    due: (now) => {
      const due: Turn[] = [];
      for (const turn of waiting.values()) if (turn.dueAt <= now) due.push(turn);
      return due;
    },
    nextDueAt: () => {
      let soonest: number | undefined;
      for (const { dueAt } of waiting.values()) if (soonest === undefined || dueAt < soonest) soonest = dueAt;
      return soonest;
    },
    dropOf: (life) => {
      for (const turn of waiting.values()) if (turn.life === life) waiting.delete(turn.label);
    },
  };
};
