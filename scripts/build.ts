import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What the program reads at run time beside its modules. */
const assets = ['src/**/*.sql', 'src/**/*.json', 'vault/**/*.json', 'vault/**/*.sql'];

// A file that was renamed must not live on in the package.
rmSync('dist', { recursive: true, force: true });

const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

for (const file of globSync(assets)) cpSync(file, `dist/${file}`);
