/** Ample on a busy machine; what is waited for takes a second or two. */
const patienceMs = 15_000;
/** Often enough that a test loses no time by it, rarely enough that the server under test keeps its core. */
const intervalMs = 25;

/**
 * Asks again and again until something has happened, and gives what was found. Throws, naming it, when it did not happen.
 * For what nobody announces: a worker's move, a log line, a file.
 */
export const until = async <T>(
  what: string | (() => string),
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> => {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline)
      throw new Error(`${typeof what === 'string' ? what : what()} did not happen within ${patienceMs / 1000} seconds`);
    await nextLook();
  }
};

const nextLook = (): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(() => {
      clearInterval(timer);
      resolve();
    }, intervalMs);
  });
