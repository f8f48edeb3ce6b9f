import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Timers } from '../ports/clock.ts';
import type { LogFields, Logger, LogLevel } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import { loggable, type Scrub } from './loggable.ts';
import { type LogOutput, openStandardOutput } from './standard-output.ts';

export type LoggerOptions = {
  readonly form: 'json' | 'pretty' | 'silent';
  readonly level: LogLevel;
  /** The vault's eye for card numbers. It sees each text before it is escaped or cut, and each line before it is written. */
  readonly scrub: Scrub;
  readonly timers: Timers;
  /** Standard output when left out. */
  readonly output?: LogOutput;
  readonly colour?: boolean;
};

export type OpenLogger = { readonly logger: Logger } & Pick<LogOutput, 'flush'>;

/**
 * The log of the server. Only plain values and the narrow form of errors are written, and each finished line passes
 * `scrub`, so that a card number cannot be printed by mistake, whichever way it got into a message, a field or an error.
 */
export const openLogger = (options: LoggerOptions): OpenLogger => {
  if (options.form === 'silent') return { logger: silentLogger, flush: async () => {} };
  const output =
    options.output ??
    openStandardOutput({
      // A person at a terminal sees each line at once.
      isGrouping: options.form === 'json',
      timers: options.timers,
      onLost: (lines) => logger.warn({ lines }, 'log: lines could not be written, and are lost'),
    });
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
    output,
  );
  const debugging = options.level === 'debug';
  const write = (level: LogLevel, withStack: boolean) => (fields: LogFields, message: string) =>
    writer[level](loggableFields(fields, withStack || debugging, options.scrub), message);
  const writeError = write('error', true);
  const logger: Logger = {
    error: (fields, message) => {
      writeError(fields, message);
      // What breaks may end the process next, and its last words must not wait for others.
      output.push();
    },
    warn: write('warn', false),
    info: write('info', false),
    debug: write('debug', true),
  };
  return { logger, flush: output.flush };
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
