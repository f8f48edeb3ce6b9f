/** Writes for the person at the terminal: not a log line. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Says what is wrong on standard error and ends with exit code 1. */
export const fail = (text: string): never => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
