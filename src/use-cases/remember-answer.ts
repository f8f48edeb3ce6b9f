import type { Change } from '../ports/store.ts';
import type { Remember } from './context.ts';

/** The change that remembers the answer to a result, when the caller sent an idempotency key. */
export const rememberAnswer = <T>(remember: Remember<T>, result: T, now: number): readonly Change[] => {
  if (remember === null) return [];
  const { key, fingerprint, render, replacesLast = false } = remember;
  return [
    ...(replacesLast ? [{ kind: 'delete-answer', key, createdBefore: Number.MAX_SAFE_INTEGER } as const] : []),
    { kind: 'insert-answer', answer: { key, fingerprint, ...render(result), createdAt: now } },
  ];
};

/** Takes the key before work that cannot be undone begins; `completeAnswer` fills in what came of it. */
export const claimAnswer = <T>(remember: Remember<T>, now: number): readonly Change[] => {
  if (remember === null) return [];
  const { key, fingerprint } = remember;
  return [{ kind: 'insert-answer', answer: { key, fingerprint, status: null, body: null, createdAt: now } }];
};

export const completeAnswer = (
  key: string | null,
  answer: { readonly status: number; readonly body: string },
): readonly Change[] =>
  key === null ? [] : [{ kind: 'complete-answer', key, status: answer.status, body: answer.body }];
