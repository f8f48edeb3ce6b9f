import type { Timers } from '../../../src/ports/clock.ts';
import type { Behaviour } from './test-cards.ts';

/** Why an answer is missing or useless, as the sender sees it. */
type Broken = { readonly outcome: 'unknown'; readonly reason: 'disconnected' | 'garbled' };

/** The line between the vault and the simulated acquirer: where messages are lost, doubled, held up and garbled. */
export type Network = {
  /** Lets a message travel as its behaviour says. `receive` is the acquirer acting on it. */
  deliver<T>(behaviour: Pick<Behaviour, 'delivery' | 'delayMs'>, receive: () => Promise<T>): Promise<T | Broken>;
  /** Messages still on their way are lost. */
  close(): void;
};

/** Of two timers for one moment, the sender's is armed second: a millisecond more keeps late messages late. */
const afterGivingUpMs = 1;

/** The answer that never comes; nothing refers to it, so it is collected with whoever waits. */
const silence = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** @param senderPatienceMs after which the sender gives up: what is late comes after it */
export const openNetwork = (timers: Timers, senderPatienceMs: number): Network => {
  const onTheirWay = new Set<() => void>();
  const later = <T>(ms: number, run: () => Promise<T>): Promise<T> =>
    new Promise((resolve) => {
      const cancel = timers.after(ms, () => {
        onTheirWay.delete(cancel);
        resolve(run());
      });
      onTheirWay.add(cancel);
    });
  return {
    async deliver({ delivery, delayMs = 0 }, receive) {
      if (delivery === 'lost-before') return silence();
      if (delivery === 'disconnected') return { outcome: 'unknown', reason: 'disconnected' };
      if (delivery === 'late') return later(senderPatienceMs + afterGivingUpMs + delayMs, receive);
      const answer = await receive();
      if (delivery === 'lost-after') return silence();
      if (delivery === 'garbled') return { outcome: 'unknown', reason: 'garbled' };
      if (delivery === 'twice') await receive();
      return delayMs === 0 ? answer : later(delayMs, () => Promise.resolve(answer));
    },
    close() {
      for (const cancel of onTheirWay) cancel();
      onTheirWay.clear();
    },
  };
};
