/** Writes for the person at the terminal: not a log line. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Says what is wrong on standard error and ends with exit code 1. */
export const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

/**
 * Whoever reads the output may go first (`| head`, a log collector that died): a server must not end by that, nor a command
 * complain. Any other failure to write is thrown as ever.
 */
export const outliveReaders = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
};
