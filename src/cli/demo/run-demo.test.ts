import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { runDemo } from './run-demo.ts';
import type { ThrowAwayServer } from './throw-away-server.ts';

const setupIntentId = 'si_sandbox_AZ0aZ9_-AZ0aZ9_-AZ0aZ9';
const paymentIntentId = 'pi_sandbox_AZ0aZ9_-AZ0aZ9_-AZ0aZ9';

/** A stand-in with one answer per call, in the order of the walk. */
const guideAnswers: readonly object[] = [
  { id: setupIntentId, status: 'Authorized', paymentDetails: { card: { cardNumber: '52000000****1005' } } },
  { id: paymentIntentId, status: 'Created' },
  { id: setupIntentId, status: 'Authorized' },
  { paymentIntentId, status: 'Successful', message: 'DEPOSITED' },
  { id: paymentIntentId, status: 'Captured' },
  { id: setupIntentId, status: 'Completed' },
];

const walkWith = async (
  answers: readonly object[],
): Promise<{ code: number; lines: string[]; calls: string[]; stopped: boolean }> => {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[calls.length] ?? {};
    calls.push(`${request.method} ${request.url}`);
    request.resume();
    response
      .writeHead('problem' in answer ? 500 : 200, { 'content-type': 'application/json', connection: 'close' })
      .end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let stopped = false;
  const standIn: ThrowAwayServer = {
    apiUrl: url,
    pciUrl: url,
    stop: () => {
      stopped = true;
      server.close();
      server.closeAllConnections();
      return Promise.resolve();
    },
  };
  const lines: string[] = [];
  const code = await runDemo({
    startServer: () => Promise.resolve(standIn),
    write: (line) => lines.push(line),
    colours: false,
  });
  return { code, lines, calls, stopped };
};

test('walks the four steps of the guide in their order and succeeds', async () => {
  const { code, lines, calls, stopped } = await walkWith(guideAnswers);
  assert.equal(code, 0, lines.join('\n'));
  assert.deepEqual(calls, [
    'POST /setup-intents',
    'POST /payment-intents',
    `GET /setup-intents/${setupIntentId}`,
    `POST /payment-intents/${paymentIntentId}/charge`,
    `GET /payment-intents/${paymentIntentId}`,
    `GET /setup-intents/${setupIntentId}`,
  ]);
  assert.ok(stopped);
});

test('prints each status change, and the card number only masked', async () => {
  const printed = (await walkWith(guideAnswers)).lines.join('\n');
  for (const change of [
    'setup intent: Created → Authorized',
    'payment intent: Created',
    'payment intent: Created → Captured',
    'setup intent: Authorized → Completed',
  ]) {
    assert.ok(printed.includes(change), change);
  }
  assert.ok(!printed.replaceAll(/[ -]/g, '').includes('5200000000001005'));
  assert.ok(!printed.includes('"020"'));
});

for (const [index, wrong] of [
  { id: setupIntentId, status: 'Created' },
  { id: paymentIntentId, status: 'Canceled' },
  { id: setupIntentId, status: 'Completed' },
  { status: 'Declined', message: 'DECLINED' },
  { id: paymentIntentId, status: 'Created' },
  { problem: true, detail: 'broken' },
].entries()) {
  test(`a wrong answer to call ${index + 1} fails the walk and still removes the server`, async () => {
    const { code, lines, stopped } = await walkWith(guideAnswers.with(index, wrong));
    assert.equal(code, 1);
    assert.match(lines.at(-1) ?? '', /^Not as the guide says: /);
    assert.ok(stopped);
  });
}
