import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { promisify } from 'node:util';
import { type RunningStrongroom, startStrongroom } from './start-strongroom.ts';

const run = promisify(execFile);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

let strongroom: RunningStrongroom;
before(async () => {
  strongroom = await startStrongroom();
});
after(async () => {
  assert.equal(await strongroom.stop(), 0);
});

/** The commands of the first block below a heading, parted at their comments. */
const commandsBelow = (heading: string): readonly string[] => {
  const block = readme.slice(readme.indexOf(heading)).split('```')[1] ?? '';
  return block.replace(/^sh\n/, '').split(/^# .*\n/m);
};

it('the first charge of the README works as it is printed, on the ports of this server', async () => {
  const [preamble = '', ...calls] = commandsBelow('## A first charge');
  assert.equal(calls.length, 3);
  const ids: string[] = [];
  const statuses: string[] = [];
  for (const call of calls) {
    const script = `${preamble}${call}`
      .replaceAll('curl ', 'curl --silent --show-error ')
      .replaceAll('http://127.0.0.1:8400', strongroom.apiUrl)
      .replaceAll('http://127.0.0.1:8401', strongroom.pciUrl)
      .replace(/<id from (\d)>/, (_, step: string) => ids[Number(step) - 1] ?? 'missing');
    const answer = JSON.parse((await run('/bin/sh', ['-c', script])).stdout) as {
      readonly id: string;
      readonly status: string;
    };
    ids.push(answer.id);
    statuses.push(answer.status);
    const promised = /→ "status":"(\w+)"/.exec(readme.slice(readme.indexOf(call) - 120, readme.indexOf(call)))?.[1];
    assert.equal(answer.status, promised);
  }
  assert.deepEqual(statuses, ['Authorized', 'Created', 'Successful']);
});

it('the sample call that the server prints works as it is printed', async () => {
  const sample = /^curl .*$/m.exec(strongroom.output())?.[0] ?? '';
  const answer = JSON.parse((await run('/bin/sh', ['-c', `${sample} --silent`])).stdout) as { readonly status: string };
  assert.equal(answer.status, 'Authorized');
});
