/** An expected outcome as data: a refusal is returned, never thrown; a throw is a bug or a dead dependency. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

/** It was done, and this came of it. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** It was not done, and this is why: a code, or a value that holds one. */
export const refuse = <E>(error: E): Result<never, E> => ({ ok: false, error });
