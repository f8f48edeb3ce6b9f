// `npm run generate` writes the generated files; with --check it names those that are out of date, and fails.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const root = new URL('../', import.meta.url);
const isCheck = process.argv.includes('--check');
const outdated: string[] = [];

const current = async (file: URL): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
};

for (const { path, render } of generatedFiles) {
  const file = new URL(path, root);
  const text = await render();
  if ((await current(file)) === text) continue;
  outdated.push(path);
  if (isCheck) continue;
  await mkdir(dirname(file.pathname), { recursive: true });
  await writeFile(file, text);
}

if (outdated.length === 0) console.log('The generated files are up to date.');
else if (isCheck) {
  console.error(`Out of date: ${outdated.join(', ')}. Run \`npm run generate\` and commit the result.`);
  process.exitCode = 1;
} else console.log(`Wrote ${outdated.join(', ')}.`);
