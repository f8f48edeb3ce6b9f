/** Why the server does not start, in words for the person who started it. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** What the operator's files keep from working is said in words: a stack would tell of our code, not of his disk. */
export const orRefuse = <T>(what: string, open: () => T): T => {
  try {
    return open();
  } catch (error) {
    throw new StartRefused(`${what}: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};
