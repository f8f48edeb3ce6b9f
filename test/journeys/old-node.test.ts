import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { runInNewContext } from 'node:vm';

const entry = readFileSync(new URL('../../bin/strongroom.js', import.meta.url), 'utf8');

/** What the program's first file prints and ends with under a Node of this version. */
const startedUnder = (
  version: string,
): { readonly printed: readonly string[]; readonly exitCodes: readonly number[] } => {
  const printed: string[] = [];
  const exitCodes: number[] = [];
  runInNewContext(entry, {
    process: { version: `v${version}`, versions: { node: version }, exit: (code: number) => void exitCodes.push(code) },
    console: { error: (line: string) => void printed.push(line) },
  });
  return { printed, exitCodes };
};

it('an old Node hears in one line what works, and nothing that would fetch a package by a name', () => {
  for (const version of ['10.24.1', '18.20.8', '23.11.1']) {
    const { printed, exitCodes } = startedUnder(version);
    const needed = `strongroom needs Node 24 or newer; this is v${version}. Install it from https://nodejs.org;`;
    assert.deepEqual(printed, [`${needed} in a checkout, "npm ci && npm start" brings it along.`]);
    assert.deepEqual(exitCodes, [1]);
  }
});
