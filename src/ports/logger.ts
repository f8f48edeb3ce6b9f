/** From the quietest to the most talkative. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * What a line may carry beside its message: plain values, and the error that it is about.
 * Requests, bodies and headers are never attached.
 */
export type LogFields = { readonly err?: unknown; readonly [field: string]: unknown };

/** Writes one line per call. Every line is scrubbed of card numbers before it leaves; no call throws or waits. */
export type Logger = {
  error(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
};

/** Says nothing: for tests and for `STRONGROOM_LOG=silent`. */
export const silentLogger: Logger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
