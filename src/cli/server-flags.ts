import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { publicSandboxKey } from '../config/public-sandbox-key.ts';
import { fail } from './output.ts';

/**
 * Adds the flags of a `ServerAddress` to a command: where the server is, and as whom it is called. A key on the command line can
 * be read by everybody on the machine (`ps`), so one of a production server belongs in a file.
 */
export const addServerFlags = (command: Command): Command =>
  command
    .option('--api-url <url>', 'where the API listener is', 'http://127.0.0.1:8400')
    .option('--key <key>', 'the secret key of the account', publicSandboxKey)
    .addOption(
      new Option(
        '--key-file <path>',
        'read the key from here, where ps does not show it; - for standard input',
      ).conflicts('key'),
    )
    .hook('preAction', () => {
      const { keyFile } = command.opts<{ keyFile?: string }>();
      if (keyFile !== undefined) command.setOptionValue('key', keyIn(keyFile));
    });

/** Ends the process where there is no key, and never says what is there instead: it may be another secret. */
const keyIn = (path: string): string => {
  const key = textIn(path).trim();
  return /^[!-~]+$/.test(key) ? key : fail(`--key-file: ${nameOf(path)} does not hold a key and nothing else.`);
};

const textIn = (path: string): string => {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    return fail(`--key-file: ${nameOf(path)} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};

const nameOf = (path: string): string => (path === '-' ? 'standard input' : path);
