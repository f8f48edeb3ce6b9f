/** A server, or one part of a split one, that has started. */
export type RunningServer = {
  /** Where its listeners are, the chosen ports in them; a part has those of its role. */
  readonly urls: {
    readonly api?: string;
    readonly pci?: string;
    /** The private listener, for the other parts. */
    readonly link?: string;
    /** A worker's, for probes. */
    readonly health?: string;
  };
  /** Takes no new request, finishes what is in flight within the grace period, closes what answers within 10 seconds. */
  stop(): Promise<void>;
};
