import { type Command, Option } from 'commander';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { systemClock } from '../platform/system-clock.ts';
import { wakefulTimers } from '../platform/system-timers.ts';
import { askServer, callServer, type ServerAddress } from './call-server.ts';
import { type EventsPage, followEvents } from './listen/follow-events.ts';
import { forward } from './listen/forward.ts';
import { type ListenState, readListenState, stateFileOf, writeListenState } from './listen/listen-state.ts';
import { fail, print } from './output.ts';
import { addServerFlags } from './server-flags.ts';
import { addSettingFlags, settingsOf } from './settings-of.ts';

type ListenOptions = ServerAddress & {
  readonly forwardTo: string;
  readonly events?: string;
  readonly from?: 'first' | 'newest';
};

/** Above what the server lets a call wait. */
const readTimeoutMs = 40_000;

/** `strongroom listen`: brings an account's notifications to a receiver that no server could reach. */
export const addListenCommand = (program: Command): void => {
  const command = program
    .command('listen')
    .description('Stream the account’s events to a local address, signed, in order, until each is confirmed with 2xx.')
    .requiredOption('--forward-to <url>', 'such as http://localhost:3000/hooks')
    .option('--events <names>', 'only these, joined by commas')
    .addOption(
      new Option('--from <place>', 'begin there, not where the last run stopped').choices(['first', 'newest']),
    );
  addSettingFlags(addServerFlags(command), ['dataDir']).action(async (options: ListenOptions) => {
    const forwardTo = receiverOf(options.forwardTo);
    const file = stateFileOf(settingsOf(command, ['dataDir']).dataDir, options, forwardTo);
    const kept = readState(file);
    const state = await beginning(options, kept);
    writeListenState(file, state);
    print(
      `Forwarding to ${forwardTo}, ${options.from === undefined && kept !== undefined ? 'from where it stopped' : `from the ${options.from ?? 'newest'} event on`}.`,
    );
    print(`Signing secret: ${state.secret}`);
    await follow({ ...options, forwardTo }, state, file);
  });
};

const receiverOf = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href;
  return fail('--forward-to takes an address such as http://localhost:3000/hooks.');
};

const readState = (file: string): ListenState | undefined => {
  try {
    return readListenState(file);
  } catch (error) {
    return fail(
      `${file} cannot be used: ${error instanceof Error ? error.message : 'unknown'}. Remove it to begin anew.`,
    );
  }
};

const beginning = async (options: ListenOptions, kept: ListenState | undefined): Promise<ListenState> => {
  if (kept !== undefined && options.from === undefined) return kept;
  const secret = kept?.secret ?? Buffer.from(openSystemRandomness().bytes(32)).toString('base64url');
  if (options.from === 'first') return { cursor: '0', lastEventId: null, secret };
  const { next } = await askServer<EventsPage>(options, { method: 'GET', path: '/events?after=newest' });
  return { cursor: next, lastEventId: null, secret };
};

const follow = async (options: ListenOptions, state: ListenState, file: string): Promise<void> => {
  const stopping = new AbortController();
  const stop = (): void => (stopping.signal.aborted ? process.exit(1) : stopping.abort());
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { signal } = stopping;
  const end = await followEvents(
    {
      get: (path) => callServer(options, { method: 'GET', path, timeoutMs: readTimeoutMs, signal }),
      forward: (event) => forward(options.forwardTo, event, { secret: state.secret, now: systemClock.now(), signal }),
      save: (next) => writeListenState(file, next),
      say: print,
      now: systemClock.now,
      wait: (delayMs) => waitUnless(signal, delayMs),
      isStopped: () => signal.aborted,
    },
    state,
    (options.events ?? '').split(',').filter((name) => name !== ''),
  );
  if (end !== 'stopped') fail(end.refusal);
};

const waitUnless = (signal: AbortSignal, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = wakefulTimers.after(delayMs, end);
    signal.addEventListener('abort', end);
  });
