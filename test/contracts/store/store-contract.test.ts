import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEngine } from '../../../src/store/sqlite/sqlite-engine.ts';
import { describeStore } from './store-contract.ts';

describeStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-store-'));
  return {
    open: async () => openSqliteEngine({ path: join(folder, 'strongroom.db') }),
    destroy: () => rm(folder, { recursive: true }),
  };
});
