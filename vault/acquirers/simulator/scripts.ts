import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  type AcquirerRule,
  type AcquirerScript,
  emptyScript,
  type ScriptedOperation,
} from '../../../src/domain/acquirer-script.ts';

/** What a rule may look at. Reversals, refunds and inquiries carry no card: theirs is that of the charge in the book. */
export type ScriptedMessage = {
  readonly accountId: string;
  readonly operation: ScriptedOperation;
  readonly cardLast4: string | null;
  readonly amountMinor: number | null;
  readonly reference: string | null;
};

/** How often each rule matched a message, and how often it fired, in the order of the rules. */
type Counts = { readonly matched: number[]; readonly fired: number[] };

/** Accounts' rules with their counts, in the simulator's file: several servers may have it open. */
export type Scripts = {
  read(accountId: string): AcquirerScript;
  write(accountId: string, script: AcquirerScript): void;
  remove(accountId: string): void;
  /** What the rules say of a message, counting it; `undefined` where none fires. */
  takeAction(message: ScriptedMessage): AcquirerRule['then'] | undefined;
};

const matches = ({ when }: AcquirerRule, message: ScriptedMessage): boolean =>
  (when.operation === undefined || when.operation === message.operation) &&
  (when.cardNumberEndsWith === undefined || message.cardLast4?.endsWith(when.cardNumberEndsWith) === true) &&
  (when.amount === undefined || when.amount === message.amountMinor) &&
  (when.reference === undefined || when.reference === message.reference);

type Script = { readonly script: AcquirerScript; readonly counts: Counts };

/** A number from 0 up to 1 that is the same for the same seed, rule and call, however the calls of other rules fell. */
const draw = (seed: number, rule: number, call: number): number =>
  Number.parseInt(hash('sha256', `${seed}/${rule}/${call}`, 'hex').slice(0, 12), 16) / 2 ** 48;

/** Counts a message for every rule that it matches, also behind the one that decides: `call` then means what it seems to. */
const decide = (
  { seed, rules }: AcquirerScript,
  { matched, fired }: Counts,
  message: ScriptedMessage,
): AcquirerRule['then'] | undefined => {
  let decided: AcquirerRule['then'] | undefined;
  for (const [index, rule] of rules.entries()) {
    if (!matches(rule, message)) continue;
    const call = (matched[index] ?? 0) + 1;
    matched[index] = call;
    if (decided !== undefined) continue;
    if (rule.when.call !== undefined && rule.when.call !== call) continue;
    if ((fired[index] ?? 0) >= (rule.times ?? Number.POSITIVE_INFINITY)) continue;
    if (draw(seed, index, call) >= (rule.probability ?? 1)) continue;
    fired[index] = (fired[index] ?? 0) + 1;
    decided = rule.then;
  }
  return decided;
};

/** Over the simulator's file, which has the table already. */
export const openScripts = (database: DatabaseSync): Scripts => {
  const select = database.prepare('select script, counts from scripts where account_id = ?');
  const replace = database.prepare('insert or replace into scripts (account_id, script, counts) values (?, ?, ?)');
  const count = database.prepare('update scripts set counts = ? where account_id = ?');
  const erase = database.prepare('delete from scripts where account_id = ?');
  const version = database.prepare('pragma data_version');
  /** Most accounts have none: they must not pay for a look into the file with each message, unless another server wrote to it. */
  const known = new Map<string, Script | null>();
  let knownAt: unknown;
  let looked = false;

  const readFresh = (accountId: string): Script | null => {
    const row = select.get(accountId);
    if (row === undefined) return null;
    const { script, counts } = row;
    return { script: JSON.parse(String(script)) as AcquirerScript, counts: JSON.parse(String(counts)) as Counts };
  };
  /** Looked at once per turn of the event loop: messages that leave together ask together. */
  const forgetWhatOthersChanged = (): void => {
    if (looked) return;
    looked = true;
    setImmediate(() => {
      looked = false;
    });
    const now = version.get()?.['data_version'];
    if (now !== knownAt) known.clear();
    knownAt = now;
  };
  const find = (accountId: string): Script | null => {
    forgetWhatOthersChanged();
    const found = known.get(accountId);
    if (found !== undefined) return found;
    const read = readFresh(accountId);
    known.set(accountId, read);
    return read;
  };
  const remove = (accountId: string): void => {
    erase.run(accountId);
    known.delete(accountId);
  };
  return {
    read: (accountId) => find(accountId)?.script ?? emptyScript,
    write(accountId, script) {
      if (script.rules.length === 0 && script.seed === emptyScript.seed) return remove(accountId);
      const counts: Counts = { matched: script.rules.map(() => 0), fired: script.rules.map(() => 0) };
      replace.run(accountId, JSON.stringify(script), JSON.stringify(counts));
      known.delete(accountId);
    },
    remove,
    takeAction(message) {
      const found = find(message.accountId);
      if (found === null || found.script.rules.length === 0) return undefined;
      // Read again with the file locked: no two messages may be the nth.
      database.exec('begin immediate');
      try {
        const { script, counts } = readFresh(message.accountId) ?? {
          script: emptyScript,
          counts: { matched: [], fired: [] },
        };
        const action = decide(script, counts, message);
        count.run(JSON.stringify(counts), message.accountId);
        database.exec('commit');
        return action;
      } catch (error) {
        database.exec('rollback');
        throw error;
      }
    },
  };
};
