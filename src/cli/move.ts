import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { databaseUrl } from '../config/setting-parsers.ts';
import { migrationLists } from '../main.ts';
import type { DatabaseChoice } from '../ports/database-choice.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine } from '../store/engine.ts';
import { moveDatabase, type MoveRefusal } from '../store/move/move-database.ts';
import { openMigratedEngine } from '../store/open-engine.ts';
import { fail, print } from './output.ts';

const refusals: Readonly<Record<MoveRefusal['code'], (table: string) => string>> = {
  'source-empty': () => 'The source has no account: there is nothing to move.',
  'target-has-data': (table) =>
    `The target holds data that no move of this source brought (in ${table}). Give an empty database.`,
  'schemas-differ': (table) =>
    `The two databases have different columns in ${table}. Move with the release that runs on both.`,
  'rows-differ': (table) =>
    `Source and target differ in ${table} after the move: one of them was written meanwhile. Stop every server, give an empty target and move again.`,
};

export const addMoveCommand = (program: Command): void => {
  program
    .command('move')
    .requiredOption('--from <url>', 'sqlite:<path of a file>; no server may run on it')
    .requiredOption('--to <url>', 'postgres://…; an empty database, or one that an earlier move did not finish')
    .description(
      'Carry an installation from SQLite over to PostgreSQL, and check counts and checksums. Run it again after a crash.',
    )
    .action(async ({ from, to }: { readonly from: string; readonly to: string }) => {
      const source = await openEngine('--from', from, 'sqlite');
      const target = await openEngine('--to', to, 'postgres');
      const moved = await moveDatabase({ source, target }).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
        return fail(`${error.message} Nothing is lost: run the same command again.`);
      });
      await Promise.all([source.close(), target.close()]);
      if (!moved.ok) return fail(refusals[moved.error.code](moved.error.table));
      for (const { name, rows, checksum } of moved.value)
        print(`${name.padEnd(24)} ${String(rows).padStart(10)} rows  ${checksum.slice(0, 16)}`);
      print(
        'Everything was moved, and is the same on both sides. The keyring stays where it is: the cards cannot be read without it.',
      );
    });
};

const openEngine = async (flag: string, url: string, kind: DatabaseChoice['kind']): Promise<Engine> => {
  const parsed = databaseUrl(url);
  if (!parsed.ok) return fail(`${flag} ${parsed.error}.`);
  if (parsed.value.kind !== kind) return fail(`${flag} must be a ${kind}: URL.`);
  const { value: database } = parsed;
  // Opening would make an empty one, and the wrong path would look like an empty installation.
  if (database.kind === 'sqlite' && !existsSync(database.path)) return fail(`${flag} names a file that is not there.`);
  const opened = await openMigratedEngine(database, { migrations: migrationLists, duringMove: true });
  return opened.ok ? opened.value : fail(opened.error);
};
