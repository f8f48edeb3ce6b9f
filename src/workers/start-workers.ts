import type { Scheduler } from '../ports/clock.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Logger } from '../ports/logger.ts';
import type { UseCaseContext } from '../use-cases/context.ts';
import { dropDeliveryNotes } from '../use-cases/drop-delivery-notes.ts';
import { dropLapsedAnswers } from '../use-cases/drop-lapsed-answers.ts';
import { expireDueIntents } from '../use-cases/expire-due-intents.ts';
import { forgetEndedCards } from '../use-cases/forget-ended-cards.ts';
import { keepPartitions } from '../use-cases/keep-partitions.ts';
import { forgetOrphanCards } from '../use-cases/forget-orphan-cards.ts';
import { settleDueAttempts, settleDueRefunds } from '../use-cases/settle-due.ts';

/** A round of a worker; it says whether there may be more to do at once. */
type Round = (context: UseCaseContext) => Promise<boolean>;

const workersOf = (
  logger: Logger,
): readonly { readonly round: Round; readonly intervalMs: number; readonly why: string }[] => [
  { round: settleDueAttempts, intervalMs: 250, why: 'a caller may be waiting to charge the card again' },
  { round: settleDueRefunds, intervalMs: 250, why: 'a caller may be waiting to hear that the money is on its way' },
  { round: expireDueIntents, intervalMs: 400, why: 'an intent must have moved within a second of its time' },
  {
    round: forgetEndedCards,
    intervalMs: 5_000,
    why: 'a card is kept no longer than needed, but forgetting shares commits',
  },
  {
    round: forgetOrphanCards(logger),
    intervalMs: 60_000,
    why: 'an ownerless card is rare, and a page a minute is no load',
  },
  { round: dropDeliveryNotes, intervalMs: 60_000, why: 'notes of old deliveries only take room' },
  {
    round: dropLapsedAnswers,
    intervalMs: 1_000,
    why: 'as many lapse a second as were given, and a look costs one read',
  },
  {
    round: keepPartitions,
    intervalMs: 600_000,
    why: 'partitions are made days ahead, and a day is dropped late by minutes',
  },
];

/** After so many rounds in a row a worker gives way, so that a large backlog cannot starve requests. */
const roundsInARowMax = 10;

/**
 * Starts what moves without being asked. `stop` resolves when no round is under way.
 * @param leadership asked before each round: of several nodes, one works
 */
export const startWorkers = (
  context: UseCaseContext,
  scheduler: Scheduler,
  logger: Logger,
  leadership: Pick<Leadership, 'isMine'> = { isMine: () => true },
): { stop(): Promise<void> } => {
  const running = workersOf(logger).map(({ round, intervalMs }) =>
    scheduler.every(intervalMs, async () => {
      for (let rounds = 0; rounds < roundsInARowMax && leadership.isMine() && (await round(context)); rounds++);
    }),
  );
  return {
    stop: async () => {
      await Promise.all(running.map((worker) => worker.stop()));
    },
  };
};
