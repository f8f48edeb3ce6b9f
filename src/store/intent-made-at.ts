import { idMadeAt } from '../domain/ids.ts';

/** The moment by which PostgreSQL sorts the events of an intent into partitions: what its id says, 0 where it says none. */
export const intentMadeAt = (intentId: string): number => {
  const madeAt = idMadeAt(intentId);
  return Number.isNaN(madeAt) ? 0 : madeAt;
};
