// `node scripts/build.ts [folder]`: the program as JavaScript, in dist/ or in another folder.
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));

/** What the program reads at run time beside its modules. */
const assets = ['src/**/*.sql', 'src/**/*.json', 'vault/**/*.json', 'vault/**/*.sql'];

// A file that was renamed must not live on in the package.
rmSync(target, { recursive: true, force: true });

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', target], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const file of globSync(assets, { cwd: root })) cpSync(join(root, file), join(target, file));
