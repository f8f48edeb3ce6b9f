// Writes src/store/plans.postgres.txt, the plan of every statement on filled tables: `node scripts/generate-plans.ts`.
import { writeFile } from 'node:fs/promises';
import { startPostgres } from '../test/postgres/start-postgres.ts';
import { fillTables, renderPlans } from '../test/postgres/statement-plans.ts';

const postgres = await startPostgres({ settings: { fsync: 'off' } });
await fillTables(postgres.url());
await writeFile(new URL('../src/store/plans.postgres.txt', import.meta.url), await renderPlans(postgres.url()));
await postgres.stop();
