import type { IntentEvent } from '../domain/intent-event.ts';
import type { Change } from '../ports/store.ts';
import type { Engine } from './engine.ts';
import { isWebhookChange } from './webhook-changes.ts';

/**
 * The flows of a hundred callers at once. More would stay so long that the collector moves them to its old generation,
 * which costs more than the reads that they save.
 */
const objectsMax = 512;

/**
 * The objects that this process saved last, so that the calls of one flow do not read back what was just written.
 * Holds nothing that another process may have changed: `foreignWrites` of the engine empties it, and so does any doubt.
 * A save is guarded by the version it read, so even an object that is too old here could not be saved over a newer one.
 */
export type RecentObjects = {
  find<T>(id: string): T | undefined;
  /**
   * Until `heard`, reads of these objects bypass the cache: the commit may be visible before its answer arrives, and reads
   * must never go backwards.
   */
  writing(changes: readonly Change[]): { heard(): void };
  /** What a commit has made durable. */
  keep(changes: readonly Change[]): void;
  /** After a conflict or a failure: what is here may be old. */
  forget(): void;
};

/** Under what name the events of an intent are remembered. */
export const eventsOf = (intentId: string): string => `events of ${intentId}`;

const objectIn = (change: Change): { readonly id: string } | undefined => {
  if ('setupIntent' in change) return change.setupIntent;
  if ('paymentIntent' in change) return change.paymentIntent;
  if ('refund' in change) return change.refund;
  return 'chargeAttempt' in change ? change.chargeAttempt : undefined;
};

/** Under what name a change writes to what is kept. */
const nameOf = (change: Change): string | undefined =>
  change.kind === 'append-event' ? eventsOf(change.intentId) : objectIn(change)?.id;

/** Every other change, of accounts and keys, is rare, and empties the memory; so does one that is not thought of here. */
const touchesNothingKept: ReadonlySet<Change['kind']> = new Set([
  'insert-answer',
  'complete-answer',
  'release-answer',
  'delete-answer',
  'delete-answers-before',
] as const);

export const recentObjects = (foreignWrites: Engine['foreignWrites']): RecentObjects => {
  if (foreignWrites === undefined)
    return {
      find: () => undefined,
      writing: () => ({ heard: () => {} }),
      keep: () => {},
      forget: () => {},
    };
  const objects = new Map<string, unknown>();
  /** Commits under way, by what they write. */
  const underWay = new Map<string, number>();
  let seen = foreignWrites();

  const keep = (id: string, object: unknown): void => {
    // Deleted first, so that the map's order is the order of use and the oldest goes when it is full.
    objects.delete(id);
    objects.set(id, object);
    const [oldest] = objects.keys();
    if (objects.size > objectsMax && oldest !== undefined) objects.delete(oldest);
  };

  const keepEvent = ({ intentId, event }: Extract<Change, { readonly kind: 'append-event' }>): void => {
    const key = eventsOf(intentId);
    const before = event.sequence === 1 ? [] : (objects.get(key) as readonly IntentEvent[] | undefined);
    // Only a history that is known from its beginning is whole.
    if (before !== undefined) keep(key, [...before, event]);
  };

  const keepChange = (change: Change): void => {
    const object = objectIn(change);
    if (object !== undefined) keep(object.id, object);
    else if (change.kind === 'append-event') keepEvent(change);
    else if (!isWebhookChange(change) && !touchesNothingKept.has(change.kind)) objects.clear();
  };

  return {
    find: <T>(id: string) => {
      if (foreignWrites() !== seen) {
        seen = foreignWrites();
        objects.clear();
      }
      return underWay.has(id) ? undefined : (objects.get(id) as T | undefined);
    },
    writing: (changes) => {
      const names = changes.map(nameOf).filter((name) => name !== undefined);
      for (const name of names) underWay.set(name, (underWay.get(name) ?? 0) + 1);
      return {
        heard: () => {
          for (const name of names) {
            const others = (underWay.get(name) ?? 0) - 1;
            if (others > 0) underWay.set(name, others);
            else underWay.delete(name);
          }
        },
      };
    },
    keep: (changes) => changes.forEach(keepChange),
    forget: () => objects.clear(),
  };
};
