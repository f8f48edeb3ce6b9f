import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publicSandboxKey, startStrongroom } from './start-strongroom.ts';
import type { RunningStrongroom } from './start-strongroom.ts';

const run = promisify(execFile);
const samples = fileURLToPath(new URL('../../examples/guide/', import.meta.url));

let strongroom: RunningStrongroom;
before(async () => {
  strongroom = await startStrongroom();
});
after(async () => {
  assert.equal(await strongroom.stop(), 0);
});

/** Runs a sample with the two addresses in its environment; a missing `curl` or `python3` fails the test with its name. */
const runSample = async (command: readonly string[], apiUrl = strongroom.apiUrl): Promise<string> =>
  (await run('/usr/bin/env', [`STRONGROOM_API=${apiUrl}`, `STRONGROOM_PCI=${strongroom.pciUrl}`, ...command])).stdout;

type Answer = { readonly id: string; readonly status: string; readonly message?: string };

const shell = async (sample: string, ...ids: readonly string[]): Promise<Answer> =>
  JSON.parse(await runSample(['/bin/sh', `${samples}${sample}.sh`, ...ids])) as Answer;

const python = (sample: string, ...ids: readonly string[]): Promise<string> =>
  runSample(['python3', `${samples}${sample}.py`, ...ids]);

const pythonJson = async (sample: string, ...ids: readonly string[]): Promise<Answer> =>
  JSON.parse(await python(sample, ...ids)) as Answer;

const curl = async (...parameters: readonly string[]): Promise<Answer> =>
  JSON.parse(await runSample(['curl', '--silent', '--show-error', ...parameters])) as Answer;

test("the guide's cURL samples tokenise, create, charge with an empty JSON body, and read Completed", async () => {
  const setupIntent = await shell('1-tokenise');
  assert.equal(setupIntent.status, 'Authorized');
  const paymentIntent = await shell('2-create-payment-intent', setupIntent.id);
  assert.equal(paymentIntent.status, 'Created');
  const charge = await shell('3-charge', paymentIntent.id);
  assert.deepEqual([charge.status, charge.message], ['Successful', 'DEPOSITED']);
  assert.equal((await shell('4-read-setup-intent', setupIntent.id)).status, 'Completed');
});

test("the guide's Python samples do the same, charging without any content type", async () => {
  const setupIntent = await pythonJson('1-tokenise');
  assert.equal(setupIntent.status, 'Authorized');
  const paymentIntent = await pythonJson('2-create-payment-intent', setupIntent.id);
  assert.equal(paymentIntent.status, 'Created');
  const charge = await pythonJson('3-charge', paymentIntent.id);
  assert.deepEqual([charge.status, charge.message], ['Successful', 'DEPOSITED']);
  assert.equal((await python('4-read-setup-intent', setupIntent.id)).trim(), "{'status': 'Completed'}");
});

test("the guide's cURL sample of its last step reads the setup intent although it says POST", async () => {
  const setupIntent = await shell('1-tokenise');
  const read = await curl(
    '--request',
    'POST',
    '--url',
    `${strongroom.apiUrl}/setup-intents/${setupIntent.id}`,
    '--header',
    'Content-Type: application/json',
    '--header',
    `Authorization: Basic ${publicSandboxKey}`,
    '--header',
    'Version: 2024-02-05',
  );
  assert.deepEqual([read.id, read.status], [setupIntent.id, 'Authorized']);
});

test("a charge as PowerShell's Invoke-WebRequest sends it, an empty form, succeeds", async () => {
  const setupIntent = await shell('1-tokenise');
  const paymentIntent = await shell('2-create-payment-intent', setupIntent.id);
  const charge = await curl(
    '--request',
    'POST',
    '--url',
    `${strongroom.apiUrl}/payment-intents/${paymentIntent.id}/charge`,
    '--header',
    'Content-Type: application/x-www-form-urlencoded',
    '--header',
    `Authorization: Basic ${publicSandboxKey}`,
    '--header',
    'Version: 2024-02-05',
    '--data',
    '',
  );
  assert.equal(charge.status, 'Successful');
});

test('a charge as the .NET client sends it, JSON with a charset and an empty body, succeeds', async () => {
  const setupIntent = await shell('1-tokenise');
  const paymentIntent = await shell('2-create-payment-intent', setupIntent.id);
  const charge = await curl(
    '--request',
    'POST',
    '--url',
    `${strongroom.apiUrl}/payment-intents/${paymentIntent.id}/charge`,
    '--header',
    'Content-Type: application/json; charset=utf-8',
    '--header',
    `Authorization: Basic ${publicSandboxKey}`,
    '--header',
    'version: 2024-02-05',
    '--data',
    '',
  );
  assert.equal(charge.status, 'Successful');
});

test('the charge samples send what the guide sends: cURL a JSON type and no body, Python no type', async () => {
  const seen: Record<string, string | undefined>[] = [];
  const listener = createServer((request, response) => {
    seen.push({
      method: request.method,
      url: request.url,
      type: request.headers['content-type'],
      length: request.headers['content-length'] ?? '0',
      version: String(request.headers['version']),
    });
    response.end('{"status":"x"}');
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    await runSample(['/bin/sh', `${samples}3-charge.sh`, 'pi_x'], url);
    await runSample(['python3', `${samples}3-charge.py`, 'pi_x'], url);
  } finally {
    listener.close();
    listener.closeAllConnections();
  }
  const call = { method: 'POST', url: '/payment-intents/pi_x/charge', length: '0', version: '2024-02-05' };
  assert.deepEqual(seen, [
    { ...call, type: 'application/json' },
    { ...call, type: undefined },
  ]);
});
