/**
 * Elects one of the processes sharing a database to run the background workers. It saves double work and is no lock: for a
 * moment two may lead, and what they write must hold by itself.
 */
export type Leadership = {
  isMine(): boolean;
  /** Gives it back, so that another process need not wait for it to lapse. */
  end(): Promise<void>;
};
