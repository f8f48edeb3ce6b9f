// `npm test [path…]`: node's own runner over every test, or over those in the files and folders named.
import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folders = ['src', 'vault', 'test', 'bench', 'scripts', 'packages'];

const named = process.argv.slice(2);
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const files = (named.length > 0 ? named : folders.map((folder) => join(root, folder)))
  .flatMap((path) =>
    isFolder(path) ? globSync(`${path}/**/*.test.ts`, { exclude: ['**/node_modules/**', '**/dist/**'] }) : [path],
  )
  .sort();

if (files.length === 0) {
  console.error(`No tests in ${named.join(', ')}.`);
  process.exit(1);
}

const limits = [
  // Many suites start servers of their own; more at once would measure the machine instead of the product.
  '--test-concurrency=2',
  // A test that hangs must fail, and name itself, long before CI gives up on the whole run.
  '--test-timeout=180000',
];
/** A file that does not end, because a failed test has left something open, must not hold CI for as long as that lasts. */
const runMsMax = 20 * 60_000;

const { status } = spawnSync(process.execPath, ['--test', ...limits, ...files], {
  cwd: root,
  stdio: 'inherit',
  timeout: runMsMax,
});
process.exitCode = status ?? 1;
