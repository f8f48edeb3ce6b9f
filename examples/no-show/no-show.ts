// A booking, and a guest who never comes: the worst day of a card on file, in half a minute.
// `node examples/no-show/no-show.ts` starts a throw-away sandbox; with STRONGROOM_API and STRONGROOM_PCI set it uses a running
// one, whose account it empties first (a sandbox's clock only runs forward otherwise).
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startThrowAwayServer } from '../../src/cli/demo/throw-away-server.ts';

/** The guide's own key, which every sandbox knows. */
const key = 'sk_sandbox_c8oLGaI__msxsXbpBDpdtwJEz_eIhfQoKHmedqgZPCdBx59zpKZLSk8OPLT0cZolbeuYJSBvzDVVsYvtpo5RkQ';

/** One message in the acquirer's book. */
type Entry = {
  readonly operation: string;
  readonly outcome: string;
  readonly attemptId: string;
  readonly amount?: { readonly value: number; readonly currencyCode: string };
};

/** What answers say, of all calls together. */
type Answer = {
  readonly id: string;
  /** Of an object; a problem document has its number here. */
  readonly status: string | number;
  readonly message: string;
  readonly title: string;
  readonly detail: string;
  readonly now: string;
  readonly setupEvents: readonly { readonly eventType: string }[];
  readonly entries: readonly Entry[];
};

const say = (text = ''): void => console.log(text);
const step = (number: number, title: string): void => say(`\n${number}. ${title}`);

const { STRONGROOM_API: givenApi, STRONGROOM_PCI: givenPci } = process.env;
const command = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const server =
  givenApi === undefined || givenPci === undefined
    ? await startThrowAwayServer(command)
    : { apiUrl: givenApi, pciUrl: givenPci, stop: async () => undefined };

const send = async (host: string, method: string, path: string, body?: object): Promise<Answer> => {
  const response = await fetch(`${host}${path}`, {
    method,
    headers: { authorization: `Basic ${key}`, version: '2026-02-27', 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer = (await response.json()) as Answer;
  if (response.status !== 200 && response.status !== 409) {
    throw new Error(`${method} ${path} answered ${response.status}: ${answer.detail}`);
  }
  return answer;
};
const api = (method: string, path: string, body?: object) => send(server.apiUrl, method, path, body);

const eventsOf = async (setupIntentId: string): Promise<string[]> =>
  (await api('GET', `/setup-intents/${setupIntentId}`)).setupEvents.map(({ eventType }) => eventType);

const expectEqual = (what: string, found: unknown, wanted: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
};

const run = async (): Promise<void> => {
  await api('POST', '/sandbox/reset');

  step(1, 'A guest books, and leaves a card in case of a no-show');
  const setupIntent = await send(server.pciUrl, 'POST', '/setup-intents', {
    reference: 'Booking 234',
    merchantInitiatedTransactionType: 'NoShow',
    terms: 'We charge 80.00 when nobody comes.',
    cardDetails: { cardNumber: '5200 0000 0000 1005', cardName: 'Ada Lovelace', expiryDate: '12 / 29', cV2: '020' },
  });
  say(`   The issuer says that the card is good: the setup intent is ${setupIntent.status}. Nothing is charged yet.`);
  expectEqual('the setup intent', setupIntent.status, 'Authorized');

  step(2, 'Three weeks pass');
  const before = await api('GET', '/sandbox/clock');
  const after = await api('POST', '/sandbox/clock/advance', { seconds: 21 * 24 * 60 * 60 });
  say(`   The account’s clock moves from ${before.now} to ${after.now}; nobody had to wait.`);

  step(3, 'The guest does not come. Meanwhile the acquirer has a bad day');
  await api('PUT', '/sandbox/acquirer', {
    rules: [{ when: { operation: 'charge', reference: 'Booking 234' }, then: { action: 'timeout-after' }, times: 1 }],
  });
  say('   A rule makes it approve the next charge of this booking and lose its answer: the cruellest fault there is.');

  step(4, 'The hotel charges the card');
  const paymentIntent = await api('POST', '/payment-intents', {
    reference: 'Booking 234',
    amount: { value: 8000, currencyCode: 'GBP' },
    setupIntentId: setupIntent.id,
  });
  const lost = await api('POST', `/payment-intents/${paymentIntent.id}/charge`);
  say(`   The caller hears ${lost.status}: “${lost.message}”`);
  expectEqual('the first charge', lost.status, 'Failed');

  step(5, 'The hotel tries again at once, as anybody would');
  let second = await api('POST', `/payment-intents/${paymentIntent.id}/charge`);
  if (second.status === 409)
    say(`   It is refused: ${second.title} The money may have moved, so nothing may move twice.`);
  else say('   The attempt was settled already, so this one goes through.');

  step(6, 'A worker takes the lost approval back');
  while (!(await eventsOf(setupIntent.id)).includes('Reversed')) await sleep(50);
  say(`   The events of the card tell it: ${(await eventsOf(setupIntent.id)).join(', ')}.`);

  step(7, 'Now the charge goes through');
  if (second.status === 409) second = await api('POST', `/payment-intents/${paymentIntent.id}/charge`);
  say(`   ${second.status}, ${second.message}.`);
  expectEqual('the second charge', second.status, 'Successful');

  step(8, 'Two books are compared: ours, and the acquirer’s own');
  const { entries } = await api('GET', '/sandbox/acquirer/ledger');
  for (const { operation, outcome, amount, attemptId } of entries) {
    say(
      `   acquirer  ${operation} ${outcome}${amount === undefined ? '' : ` ${amount.value / 100} ${amount.currencyCode}`}  ${attemptId}`,
    );
  }
  const done = await api('GET', `/setup-intents/${setupIntent.id}`);
  const paid = await api('GET', `/payment-intents/${paymentIntent.id}`);
  say(`   ours      setup intent ${done.status}, payment intent ${paid.status}`);
  const moves = entries.filter(({ operation }) => operation !== 'verify');
  expectEqual(
    'the ledger',
    moves.map(({ operation, outcome }) => `${operation} ${outcome}`),
    ['charge approved', 'reverse reversed', 'charge approved'],
  );
  expectEqual('the reversal', moves[1]?.['attemptId'], moves[0]?.['attemptId']);
  expectEqual('our books', [done.status, paid.status], ['Completed', 'Captured']);
  say('\nThe guest has paid 80.00 once. That is the whole point.');
};

try {
  await run();
} finally {
  await server.stop();
}
