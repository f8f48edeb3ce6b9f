import type { UseCaseContext } from './context.ts';
import { readNotifications } from './read-notifications.ts';
import { streamHorizon } from './stream-horizon.ts';

type Input = Omit<Parameters<typeof readNotifications>[1], 'horizon'> & {
  /** How often to look again where there is nothing yet. */
  readonly looksMax: number;
  /** Waits a moment, and says whether anybody still waits for the answer. */
  readonly goOn: () => Promise<boolean>;
};

/** Each one looks several times a second; whoever comes when there are so many gets the answer of now, and asks again. */
const followersMax = 200;
/** Whoever would not wait at all still does for events that are there, and are kept back until others have been written. */
const keptBackLooks = 4;

/** Notifications after a position, or the first that come within a while. The followers of one process are counted together. */
export const followingOf = (context: Pick<UseCaseContext, 'store' | 'clock'>) => {
  const horizonAt = streamHorizon(context.store);
  let followers = 0;
  return async ({ looksMax, goOn, ...input }: Input): ReturnType<typeof readNotifications> => {
    const look = async () => readNotifications(context, { ...input, horizon: await horizonAt(context.clock.now()) });
    let page = await look();
    if (followers >= followersMax) return page;
    followers += 1;
    const goesOn = (looks: number): boolean =>
      page.next === input.after && looks < (page.isKeptBack ? Math.max(looksMax, keptBackLooks) : looksMax);
    try {
      for (let looks = 0; goesOn(looks) && (await goOn()); looks += 1) page = await look();
      return page;
    } finally {
      followers -= 1;
    }
  };
};
