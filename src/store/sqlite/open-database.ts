import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How a connection must be set, and what SQLite must say when asked back: a setting that is silently refused would cost durability. */
const settings = (busyTimeoutMs: number) =>
  ({
    // Waited for on the calling thread, so it is also the longest stall that another process can cause.
    busy_timeout: { set: busyTimeoutMs, expect: busyTimeoutMs },
    journal_mode: { set: 'WAL', expect: 'wal' },
    // FULL syncs the WAL at every commit; NORMAL would lose the last ones at a power cut.
    synchronous: { set: 'FULL', expect: 2 },
    foreign_keys: { set: 'ON', expect: 1 },
    // The checkpoint worker does it; the default would copy pages inside some unlucky request's commit.
    wal_autocheckpoint: { set: 0, expect: 0 },
    // What the WAL file is cut back to when it starts over after a burst.
    journal_size_limit: { set: 67_108_864, expect: 67_108_864 },
    // Sorting must not leave rows in temporary files.
    temp_store: { set: 'MEMORY', expect: 2 },
    // Deleted rows are zeroed wherever that costs no extra write.
    secure_delete: { set: 'FAST', expect: 2 },
    trusted_schema: { set: 'OFF', expect: 0 },
    // KiB: holds the upper levels of every index of some millions of rows.
    cache_size: { set: -8_192, expect: -8_192 },
  }) as const;

const firstValue = (row: Record<string, unknown> | undefined): unknown => Object.values(row ?? {})[0];

const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Made by us, not by SQLite, so that it is never readable by others, not even for a moment; the WAL inherits the mode. */
const createFile = (path: string): void => {
  const folder = dirname(path);
  const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (existsSync(path)) return;
  closeSync(openSync(path, 'a', 0o600));
  syncFolder(folder);
  if (created !== undefined) syncFolder(dirname(created));
};

/**
 * Opens or creates a database file (0600, its folder 0700) and sets and checks every setting that durability hangs on.
 * Throws where SQLite does not take one of them, and where the file is no database.
 * @param path of a file: an in-memory database has no WAL and is refused
 */
export const openDatabase = (path: string, busyTimeoutMs: number): DatabaseSync => {
  if (path === '' || path.startsWith(':') || path.startsWith('file:')) throw new Error('The database must be a file.');
  createFile(path);
  const database = new DatabaseSync(path);
  try {
    for (const [name, { set, expect }] of Object.entries(settings(busyTimeoutMs))) {
      database.exec(`PRAGMA ${name} = ${set}`);
      const found = firstValue(database.prepare(`PRAGMA ${name}`).get());
      if (found !== expect) throw new Error(`SQLite refused the setting ${name}=${set}: it stays at ${String(found)}.`);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};
