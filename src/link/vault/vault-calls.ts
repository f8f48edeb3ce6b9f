import { VaultUnreachable } from '../../ports/card-processor.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import type { ReadAnswer } from '../answer-reader.ts';
import type { LinkFailure } from '../link-agent.ts';
import { type LinkPeer, refusedStatus } from '../link-peer.ts';

/**
 * What became of a call: an answer, or why there is none that anything can be concluded from.
 * - `not-sent`, `refused`: the vault has not acted and will not.
 * - `timeout`, `disconnected`, `garbled`: it may have.
 */
export type VaultAnswer<T> =
  | { readonly answer: T }
  | { readonly missing: LinkFailure['failure'] | 'refused' | 'garbled'; readonly cause: unknown };

export type VaultCall<T> = {
  readonly path: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly isRepeatable: boolean;
  readonly read: ReadAnswer<T>;
};

/**
 * Calls the vault's private listener. Its refusal to take a call (it knows neither the caller nor the words) means that
 * nothing was done. Throws where the vault says that it broke down, with `StoreUnavailable` for its database.
 */
export const callVault = async <T>(peer: LinkPeer, { read, ...call }: VaultCall<T>): Promise<VaultAnswer<T>> => {
  const called = await peer.call(call);
  if (!called.ok) return { missing: called.error.failure, cause: called.error.cause };
  const { status, body } = called.value;
  if (status === 503) throw new StoreUnavailable('The vault cannot use its database.');
  const answered = new Error(`The vault answered ${call.path} with ${status}.`);
  if (status >= 500) throw answered;
  // Said once, where the connection is.
  if (status === refusedStatus) return { missing: 'not-sent', cause: answered };
  if (status !== 200) return { missing: 'refused', cause: answered };
  const answer = read(body);
  return answer === undefined ? { missing: 'garbled', cause: answered } : { answer };
};

/** For calls whose callers can do nothing without an answer. Throws `VaultUnreachable`. */
export const answerOfVault = async <T>(peer: LinkPeer, call: VaultCall<T>): Promise<T> => {
  const called = await callVault(peer, call);
  if ('answer' in called) return called.answer;
  throw new VaultUnreachable(`The vault gave no answer: ${called.missing}.`, { cause: called.cause });
};
