import type { Clock, Scheduler } from '../ports/clock.ts';
import type { Leadership } from '../ports/leadership.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { Engine } from './engine.ts';

export const leadershipSql = {
  look: 'select holder, held_until from turns where name = $1',
  /** Takes what is free, lapsed or our own; of two nodes that try at once, the second finds it taken. */
  take: `insert into turns (name, holder, held_until) values ($1, $2, $3)
    on conflict (name) do update set holder = excluded.holder, held_until = excluded.held_until
    where turns.holder = excluded.holder or turns.held_until <= $4`,
  giveBack: 'delete from turns where name = $1 and holder = $2',
} as const;

export type LeadershipLeaseOptions = {
  readonly name: string;
  /** This process, by a name that no other has. */
  readonly holder: string;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
};

/** After the death of a node, its work rests that long: few seconds, and still several renewals, of which one may fail. */
const leaseMs = 5_000;
const renewalMs = 1_200;
/** Clocks of nodes differ; a lease counts as over a little before others may take it. */
const marginMs = 500;

/** Takes the leadership whenever it is free, and keeps it. The times are the nodes' own: a clock that is seconds off costs double work, nothing more. */
export const leaseLeadership = async (
  engine: Engine,
  { name, holder, clock, scheduler }: LeadershipLeaseOptions,
): Promise<Leadership> => {
  let heldUntil = 0;

  const renew = async (): Promise<void> => {
    const now = clock.now();
    const [row] = await engine.all(leadershipSql.look, [name]);
    // A look first: while another node leads, there is nothing to write.
    if (row !== undefined && row['holder'] !== holder && Number(row['held_until']) > now) {
      heldUntil = 0;
      return;
    }
    const until = now + leaseMs;
    const refused = await engine.write([
      { sql: leadershipSql.take, params: [name, holder, until, now], mustChange: 'one' },
    ]);
    heldUntil = refused === undefined ? until : 0;
  };

  await renew();
  const renewing = scheduler.every(renewalMs, renew);
  return {
    isMine: () => clock.now() < heldUntil - marginMs,
    end: async () => {
      await renewing.stop();
      heldUntil = 0;
      try {
        await engine.write([{ sql: leadershipSql.giveBack, params: [name, holder] }]);
      } catch (error) {
        // It lapses by itself; a node must be able to stop without its database.
        if (!(error instanceof StoreUnavailable)) throw error;
      }
    },
  };
};

/** Of a process that has its database to itself. */
export const alone: Leadership = { isMine: () => true, end: async () => undefined };
