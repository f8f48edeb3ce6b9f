/** Writes for the person at the terminal: not a log line. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Says what is wrong on standard error and ends with exit code 1. */
export const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

/** Prints what is not shown again, or else says so, with what to do, and ends with exit code 1. */
export const printOrFail = (text: string, ifLost: string): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(`${text}\n`, (error) => {
      if (error instanceof Error) fail(`${ifLost} (${error.message})`);
      resolve();
    });
  });

const endUnlessReaderWent = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') fail(`The output cannot be written: ${error.message}`);
};

/** Whoever reads the output may go first (`| head`): no command complains. Any other failure to write ends it, in words. */
export const outliveReaders = (): void => {
  process.stdout.on('error', endUnlessReaderWent);
  // There is nowhere left to say it.
  process.stderr.on('error', () => {});
};

/** A server has more to do than to print: whatever becomes of its output, it serves on. */
export const outliveOutput = (): void => {
  process.stdout.off('error', endUnlessReaderWent).on('error', () => {});
};
