import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { productFolder } from './product-process.ts';

const newestIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .reduce((newest, entry) => Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

/** Builds the JavaScript that users run, unless what is there is newer than every source. Throws when the build fails. */
export const buildProduct = (): void => {
  const built = join(productFolder, 'dist/src/cli/main.js');
  const newestSource = Math.max(newestIn(join(productFolder, 'src')), newestIn(join(productFolder, 'vault')));
  if (existsSync(built) && statSync(built).mtimeMs > newestSource) return;
  const build = spawnSync(process.execPath, [join(productFolder, 'scripts/build.ts')], {
    cwd: productFolder,
    encoding: 'utf8',
  });
  if (build.status !== 0) throw new Error(`the build failed:\n${build.stdout}\n${build.stderr}`);
};
