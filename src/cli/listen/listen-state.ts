import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServerAddress } from '../call-server.ts';

/** What a listener has to know when it starts again. */
export type ListenState = {
  /** Everything up to here has been confirmed by the receiver. */
  readonly cursor: string;
  /** The last event that was, by which a server with new data is told from the one before. */
  readonly lastEventId: string | null;
  /** Deliveries are signed with it; it stays, so that the receiver's settings can. */
  readonly secret: string;
};

/** Each account and receiver has its own. */
export const stateFileOf = (folder: string, { apiUrl, key }: ServerAddress, forwardTo: string): string => {
  const name = createHash('sha256')
    .update(JSON.stringify([apiUrl, key, forwardTo]))
    .digest('hex')
    .slice(0, 16);
  return join(folder, `listen-${name}.json`);
};

const isState = (value: unknown): value is ListenState => {
  const { cursor, lastEventId, secret } = (value ?? {}) as Partial<Record<keyof ListenState, unknown>>;
  const isEventId = lastEventId === null || typeof lastEventId === 'string';
  return typeof cursor === 'string' && /^\d{1,16}$/.test(cursor) && isEventId && typeof secret === 'string';
};

/** The state of an earlier run; undefined where there was none. Throws where the file is there and unusable. */
export const readListenState = (file: string): ListenState | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const state: unknown = JSON.parse(text);
  if (!isState(state)) throw new Error('it holds no state of a listener');
  return state;
};

/** Replaces the file as a whole: after a power cut there is the old one or the new one. Only its owner reads the secret. */
export const writeListenState = (file: string, state: ListenState): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  writeSync(descriptor, JSON.stringify(state));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, file);
};
