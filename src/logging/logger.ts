import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogFields, Logger, LogLevel } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import { loggable, type Scrub } from './loggable.ts';

export type LoggerOptions = {
  readonly form: 'json' | 'pretty' | 'silent';
  readonly level: LogLevel;
  /** The vault's eye for card numbers. It sees each text before it is escaped or cut, and each line before it is written. */
  readonly scrub: Scrub;
  /** Standard output when left out. */
  readonly destination?: LogDestination;
  readonly colour?: boolean;
};

export type LogDestination = { write(line: string): unknown };

export type OpenLogger = {
  readonly logger: Logger;
  /** Resolves when all lines so far have been handed to the operating system. What is left at exit is written by then, too. */
  flush(): Promise<void>;
};

/** A write per line would cost more than the line: 10 000 lines a second become some fifty writes. */
const bufferedBytes = 65_536;
/** How long a line may stay in that buffer when nothing follows it. */
const flushIntervalMs = 100;
/** When nobody reads the output, lines beyond this are dropped rather than kept in memory until it runs out. */
const unreadBytesMax = 8 * 1024 * 1024;

/**
 * The log of the server. Only plain values and the narrow form of errors are written, and each finished line passes
 * `scrub`, so that a card number cannot be printed by mistake, whichever way it got into a message, a field or an error.
 */
export const openLogger = (options: LoggerOptions): OpenLogger => {
  if (options.form === 'silent') return { logger: silentLogger, flush: async () => {} };
  const output = options.destination === undefined ? standardOutput(options.form) : undefined;
  const writer = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Ours has run when pino sees the fields; its own would look at errors again.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: finishing(options) },
    },
    options.destination ?? { write: (line) => writeBytes(output, Buffer.from(line)) },
  );
  const debugging = options.level === 'debug';
  const write = (level: LogLevel, withStack: boolean) => (fields: LogFields, message: string) =>
    writer[level](loggableFields(fields, withStack || debugging, options.scrub), message);
  const writeError = write('error', true);
  return {
    logger: {
      error: (fields, message) => {
        writeError(fields, message);
        // What breaks may end the process next, and its last words must not wait in a buffer.
        output?.flush();
      },
      warn: write('warn', false),
      info: write('info', false),
      debug: write('debug', true),
    },
    flush: () =>
      new Promise((resolve) => {
        if (output === undefined) resolve();
        else output.flush(() => resolve());
      }),
  };
};

/** A terminal shows each line at once; elsewhere lines are written in groups, off the event loop. */
const standardOutput = (form: 'json' | 'pretty') =>
  pino.destination({
    dest: 1,
    maxLength: unreadBytesMax,
    // As texts they would be joined anew for each line: eight times the cost of a line.
    contentMode: 'buffer',
    ...(form === 'pretty'
      ? { sync: true }
      : { sync: false, minLength: bufferedBytes, maxWrite: 2 * bufferedBytes, periodicFlush: flushIntervalMs }),
  });

/** Its types know texts only, whatever its `contentMode`. */
const writeBytes = (output: { write(line: string): boolean } | undefined, bytes: Buffer): void => {
  output?.write(bytes as unknown as string);
};

/** A log line never makes the work fail that it tells of: a field that throws when it is read is left out with all others. */
const loggableFields = (fields: LogFields, withStack: boolean, scrub: Scrub): object => {
  try {
    return loggable({ ...fields }, withStack, scrub) as object;
  } catch {
    return { fields: '[unreadable]' };
  }
};

/** The last step of each line. */
const finishing = ({ form, scrub, colour }: LoggerOptions): ((line: string) => string) => {
  const scrubLine = (line: string): string => scrubbedJson(withoutKeys(line), scrub);
  if (form === 'json') return scrubLine;
  const render = pretty.prettyFactory({
    colorize: colour ?? pretty.isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return (line) => render(withoutControls(scrubLine(line)));
};

/** Secret keys and session secrets, by their shape, wherever a URL or a message brought them along. */
const withoutKeys = (line: string): string =>
  line.includes('sk_') || line.includes('sc_')
    ? line.replace(/\b(sk_(?:sandbox|prod)_|sc_)[A-Za-z0-9_-]{8,}/g, '$1***')
    : line;

/** A mask in place of a bare number is no JSON: then the numbers become texts first. */
const scrubbedJson = (line: string, scrub: Scrub): string => {
  const scrubbed = scrub(line);
  if (scrubbed === line || isJson(scrubbed)) return scrubbed;
  const numbersAsTexts = JSON.stringify(
    JSON.parse(line, (_, value: unknown) => (typeof value === 'number' ? String(value) : value)),
  );
  return `${scrub(numbersAsTexts)}\n`;
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * JSON escapes control characters, and the pretty form would undo that: a caller could then rewrite the operator's screen,
 * or add lines that look like ours. Only the line ends between the frames of a stack stay.
 */
const withoutControls = (line: string): string =>
  line.replace(
    /\\\\|\\u(?:00[01][0-9a-f]|007f|00[89][0-9a-f])|[\x7f-\x9f\u2028\u2029]|\\[bfr]|\\n(?! {4}at )/gi,
    (found) => (found === '\\\\' ? found : '?'),
  );
