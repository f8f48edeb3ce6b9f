import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Engine } from './engine.ts';
import { migrate } from './migrations/migrate.ts';
import { platformMigrations } from './migrations/platform-migrations.ts';
import { sqliteSchemaText } from './migrations/sqlite-schema-text.ts';
import { openSqliteEngine } from './sqlite/sqlite-engine.ts';
import { sql } from './statements.ts';
import { webhookSql } from './webhook-statements.ts';

describe('SQLite schema', () => {
  let folder: string;
  let engine: Engine;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strongroom-schema-'));
    engine = openSqliteEngine({ path: join(folder, 'a.db') });
    await migrate(engine, platformMigrations);
  });
  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  it('is what schema.sqlite.sql says (else run scripts/generate-schema.ts)', async () => {
    assert.equal(readFileSync(new URL('schema.sqlite.sql', import.meta.url), 'utf8'), await sqliteSchemaText(engine));
  });

  const plan = async (text: string): Promise<string> => {
    const params = [...text.matchAll(/\$\d+/g)].map(() => 0);
    const rows = await engine.all(`explain query plan ${text}`, params);
    return rows.map((row) => String(row['detail'])).join('\n');
  };

  /** The two that look at every account: accounts are few, and no call from outside runs them. */
  const wholeTable = ['accounts', 'furthestClockAhead'];
  /** Emptying a sandbox account reads what belongs to it wherever it stands: no index is worth its cost to every flow. */
  const ofEmptying = [
    'cardReferencesOf',
    'resetAccountClock',
    'answers',
    'refunds',
    'charge-attempts',
    'payment-intents',
    'setup-intents',
  ];
  const texts: readonly (readonly [string, string])[] = Object.entries({ ...sql, ...webhookSql }).flatMap(
    ([name, text]): readonly (readonly [string, string])[] =>
      typeof text === 'string' ? [[name, text]] : Object.entries<string>(text),
  );
  for (const [name, text] of texts) {
    if (wholeTable.includes(name) || ofEmptying.includes(name) || text.startsWith('insert')) continue;
    it(`lets ${name} run on an index, without reading a whole table or sorting`, async () => {
      assert.doesNotMatch(
        await plan(text),
        /SCAN (?!\(subquery|.*USING (COVERING )?INDEX setup_intents_ended_with_card)|TEMP B-TREE/,
      );
    });
  }

  it('would be caught reading a whole table', async () => {
    assert.match(await plan('select id from setup_intents where doc = $1'), /SCAN/);
  });

  it('lets a look at accounts with a fast clock read only the part of the index that lies ahead', async () => {
    assert.match(
      await plan(sql.dueSetupIntentIdsAhead),
      /SEARCH s USING COVERING INDEX setup_intents_due|SEARCH s USING INDEX setup_intents_due/,
    );
  });
});
