import type { Wakes } from '../../ports/wakes.ts';
import type { Connection } from './connect.ts';

/** One channel for a database: nodes whose tables lie in another schema of it look once too often. */
const channel = 'strongroom_outbox';
/** The same text in one transaction is told once; across transactions PostgreSQL tells every one. */
export const wakeStatement = `notify ${channel}`;

/** How often it is asked whether word still comes through, and how long that may take: then the connection is given up. */
const proofEveryMs = 5_000;
const proofPatienceMs = 2_000;
/** A pooler in transaction mode takes `LISTEN` and never tells anything: trying again is for the day on which it has gone. */
const retryMsMin = 500;
const retryMsMax = 60_000;

export type WakeListenerDeps = {
  /** A connection of its own; throws where there is none. */
  readonly connect: () => Promise<Connection>;
  /** Runs a statement over another connection: what is told over the listening one itself proves nothing about a pooler. */
  readonly ask: (sql: string, params: readonly string[]) => Promise<unknown>;
  /** A text that no other process sends. */
  readonly name: string;
};

/**
 * Listens for `NOTIFY`. Trusted only while it is proven: a text of our own, sent over another connection, must have come
 * back. So a server that was lost without a word, and a pooler that hands sessions round, are found out alike.
 */
export class WakeListener implements Wakes {
  readonly #deps: WakeListenerDeps;
  #run: () => void = () => undefined;
  #connection: Connection | undefined;
  #isOpening = false;
  #isClosed = false;
  #isProven = false;
  /** When the question that is under way was asked, and when the last one was answered. */
  #askedAt: number | undefined;
  #provenAt = 0;
  #retryAt = 0;
  #retryMs = retryMsMin;

  constructor(deps: WakeListenerDeps) {
    this.#deps = deps;
  }

  onWake(run: () => void): void {
    this.#run = run;
  }

  isTrusted(): boolean {
    return this.#isProven && this.#connection?.isLost() === false;
  }

  tend(now: number): void {
    if (this.#isClosed || this.#isOpening) return;
    if (this.#connection === undefined) {
      if (now >= this.#retryAt || now < this.#retryAt - retryMsMax) void this.#open(now);
      return;
    }
    const isOverdue = this.#askedAt !== undefined && now - this.#askedAt > proofPatienceMs;
    if (this.#connection.isLost() || isOverdue) return this.#giveUp(now);
    if (this.#askedAt === undefined && Math.abs(now - this.#provenAt) >= proofEveryMs) this.#askForProof(now);
  }

  rest(): void {
    const connection = this.#connection;
    this.#forget();
    this.#retryAt = 0;
    // It may be gone already; its end is nobody's concern.
    connection?.end().catch(() => undefined);
  }

  /** Ends for good. */
  close(): void {
    this.#isClosed = true;
    this.rest();
  }

  async #open(now: number): Promise<void> {
    this.#isOpening = true;
    let connection: Connection | undefined;
    try {
      connection = await this.#deps.connect();
      const opened = connection;
      opened.onNotice((payload) => this.#hear(opened, payload));
      await opened.query({ text: `listen ${channel}` });
      if (this.#isClosed) return await opened.end();
      this.#connection = opened;
      this.#askForProof(now);
    } catch {
      // The reads and writes of the node say what is wrong with the database; without word, it looks more often.
      connection?.abandon();
      this.#wait(now);
    } finally {
      this.#isOpening = false;
    }
  }

  #hear(connection: Connection, payload: string): void {
    if (connection !== this.#connection) return;
    if (payload === '') return this.#run();
    if (payload !== this.#deps.name || this.#askedAt === undefined) return;
    this.#provenAt = this.#askedAt;
    this.#askedAt = undefined;
    this.#isProven = true;
    this.#retryMs = retryMsMin;
    // What was committed before anybody listened has been told to nobody.
    this.#run();
  }

  #askForProof(now: number): void {
    this.#askedAt = now;
    // An answer that does not come is noticed by the time that it takes.
    this.#deps.ask('select pg_notify($1, $2)', [channel, this.#deps.name]).catch(() => undefined);
  }

  #giveUp(now: number): void {
    this.#connection?.abandon();
    this.#forget();
    this.#wait(now);
  }

  #forget(): void {
    this.#connection = undefined;
    this.#isProven = false;
    this.#askedAt = undefined;
  }

  #wait(now: number): void {
    this.#retryAt = now + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, retryMsMax);
  }
}
