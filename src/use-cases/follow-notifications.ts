import type { UseCaseContext } from './context.ts';
import { readNotifications } from './read-notifications.ts';

type Input = Parameters<typeof readNotifications>[1] & {
  /** How often to look again where there is nothing yet. */
  readonly looksMax: number;
  /** Waits a moment, and says whether anybody still waits for the answer. */
  readonly goOn: () => Promise<boolean>;
};

/** Each one looks several times a second; whoever comes when there are so many gets the answer of now, and asks again. */
const followersMax = 200;

/** Notifications after a position, or the first that come within a while. The followers of one process are counted together. */
export const followingOf = (context: Pick<UseCaseContext, 'store' | 'clock'>) => {
  let followers = 0;
  return async ({ looksMax, goOn, ...input }: Input): ReturnType<typeof readNotifications> => {
    let page = await readNotifications(context, input);
    if (followers >= followersMax) return page;
    followers += 1;
    try {
      for (let looks = 0; looks < looksMax && page.next === input.after && (await goOn()); looks += 1) {
        page = await readNotifications(context, input);
      }
      return page;
    } finally {
      followers -= 1;
    }
  };
};
