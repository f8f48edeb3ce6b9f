/**
 * Of all processes that share a database, one does the work that nobody asks for. Having the turn saves double work and
 * is no lock: for a moment two may have it, and what they write must hold by itself.
 */
export type Turn = {
  isMine(): boolean;
  /** Gives it back, so that another process need not wait for it to lapse. */
  end(): Promise<void>;
};
