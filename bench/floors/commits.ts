import { DatabaseSync } from 'node:sqlite';
import { statementCache } from '../../src/store/sqlite/statement-cache.ts';
import { floorSchema, flowSteps } from './flow-rows.ts';

export type CommitJob = {
  readonly databaseFile: string;
  /** Flows that share each commit. */
  readonly inFlight: number;
  readonly seconds: number;
  /** Size of an intent's row, taken from the product's real answers. */
  readonly intentBytes: number;
};

export type CommitResult = { readonly flows: number; readonly flowsPerSecond: number; readonly commits: number };

/**
 * Durable commits with the rows of a flow and nothing else: no HTTP, no rules, no cryptography.
 * `inFlight` flows advance in step and share each commit, every flow in a savepoint of its own, as the product does it.
 */
export const runCommits = (job: CommitJob): CommitResult => {
  const database = new DatabaseSync(job.databaseFile);
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    for (const sql of floorSchema) database.exec(sql);
    const prepared = statementCache(database);
    const steps = Object.values(flowSteps(job.intentBytes));
    const begin = database.prepare('begin immediate');
    const commit = database.prepare('commit');
    const savepoint = database.prepare('savepoint one');
    const release = database.prepare('release one');
    const startedAt = performance.now();
    const deadline = startedAt + job.seconds * 1000;
    let flows = 0;
    let commits = 0;
    while (performance.now() < deadline) {
      for (const step of steps) {
        begin.run();
        for (let lane = 0; lane < job.inFlight; lane += 1) {
          savepoint.run();
          for (const { sql, params } of step(`${String(flows + lane).padStart(22, '0')}`)) prepared(sql).run(...params);
          release.run();
        }
        commit.run();
        commits += 1;
      }
      flows += job.inFlight;
    }
    return { flows, commits, flowsPerSecond: (flows * 1000) / (performance.now() - startedAt) };
  } finally {
    database.close();
  }
};
