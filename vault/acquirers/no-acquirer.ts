import type { Acquirer } from './acquirer.ts';

const notSent = { outcome: 'not-sent', reason: 'no-acquirer' } as const;
const answer = (): Promise<typeof notSent> => Promise.resolve(notSent);

/** Stands where no acquirer is configured: everything is refused before it leaves. */
export const noAcquirer: Acquirer = {
  sandboxOnly: false,
  verify: answer,
  charge: answer,
  reverse: answer,
  refund: answer,
  inquire: answer,
  close: () => Promise.resolve(),
};
