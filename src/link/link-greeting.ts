import type { Environment } from '../domain/ids.ts';

/** What each part says first: parts of different modes, or of releases that do not understand each other, must not talk. */
export const linkGreetingHeader = 'strongroom-link';

/** Rises when a message between the parts changes its meaning. */
const linkRelease = 1;

export const linkGreeting = (environment: Environment): string => `${linkRelease} ${environment}`;
