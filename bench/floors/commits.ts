import { DatabaseSync } from 'node:sqlite';

export type CommitJob = {
  readonly databaseFile: string;
  /** Flows that share each commit. */
  readonly inFlight: number;
  readonly seconds: number;
  /** Size of an intent's row, taken from the product's real answers. */
  readonly intentBytes: number;
};

export type CommitResult = { readonly flows: number; readonly flowsPerSecond: number; readonly commits: number };

/** What one flow must make durable, in this many steps that cannot be joined: card and setup intent; payment intent; attempt; outcome. */
export const commitsPerFlow = 4;

const schema = `
  create table object (id text primary key, status text not null, version integer not null, body text not null) strict;
  create table event (id text primary key, object_id text not null, sequence integer not null, body text not null, unique (object_id, sequence)) strict;
`;

/**
 * Durable commits with the rows of a flow and nothing else: no HTTP, no rules, no cryptography.
 * `inFlight` flows advance in step and share each commit, every flow in a savepoint of its own, as the product does it.
 */
export const runCommits = (job: CommitJob): CommitResult => {
  const database = new DatabaseSync(job.databaseFile);
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
    database.exec(schema);
    const insert = database.prepare('insert into object (id, status, version, body) values (?, ?, 1, ?)');
    const save = database.prepare(
      'update object set status = ?, version = version + 1, body = ? where id = ? and version = 1',
    );
    const event = database.prepare('insert into event (id, object_id, sequence, body) values (?, ?, ?, ?)');
    const body = 'x'.repeat(job.intentBytes);
    const small = 'x'.repeat(300);
    const steps: readonly ((flow: string) => void)[] = [
      (flow) => {
        insert.run(`card_${flow}`, '', small);
        insert.run(`si_${flow}`, 'Authorized', body);
        event.run(`e1_${flow}`, `si_${flow}`, 1, small);
        event.run(`e2_${flow}`, `si_${flow}`, 2, small);
      },
      (flow) => {
        insert.run(`pi_${flow}`, 'Created', body);
        event.run(`e3_${flow}`, `pi_${flow}`, 1, small);
      },
      (flow) => {
        insert.run(`att_${flow}`, 'pending', small);
      },
      (flow) => {
        save.run('approved', small, `att_${flow}`);
        save.run('Captured', body, `pi_${flow}`);
        save.run('Completed', body, `si_${flow}`);
        event.run(`e4_${flow}`, `pi_${flow}`, 2, small);
        event.run(`e5_${flow}`, `si_${flow}`, 3, small);
      },
    ];
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
          step(`${String(flows + lane).padStart(22, '0')}`);
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
