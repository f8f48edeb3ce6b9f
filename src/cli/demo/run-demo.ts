import { publicSandboxKey } from '../../config/public-sandbox-key.ts';
import { callServer, refusalText } from '../call-server.ts';
import { colourPaint, drawStates, plainPaint } from './draw-states.ts';
import type { Paint } from './draw-states.ts';
import type { ThrowAwayServer } from './throw-away-server.ts';

export type DemoOptions = {
  readonly startServer: () => Promise<ThrowAwayServer>;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  /** A terminal that shows colours, whose user has not set NO_COLOR. */
  readonly colours: boolean;
};

const card = { cardNumber: '5200 0000 0000 1005', cardName: 'Ada Lovelace', expiryDate: '12 / 29', cV2: '020' };
const shownCard = { ...card, cardNumber: '5200 0000 **** 1005', cV2: '***' };

type Body = Readonly<Record<string, unknown>>;
type Call = {
  readonly method: 'GET' | 'POST';
  readonly host: 'api.dojo.tech' | 'pci-api.dojo.tech';
  readonly path: string;
  readonly body?: Body;
  /** What is printed instead of the body. */
  readonly shownBody?: Body;
  /** Fields of the answer that are worth a look. */
  readonly look: readonly string[];
};

/** The server answered something else than the guide says. */
class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** One walk: the server, the terminal, and the states seen so far. */
type Walk = {
  readonly server: ThrowAwayServer;
  readonly write: (line: string) => void;
  readonly paint: Paint;
  readonly seen: { readonly setupIntent: string[]; readonly paymentIntent: string[] };
};

/** A server that has not answered by then will not. */
const callTimeoutMs = 4000;

const fieldAt = (body: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Body)[name] : undefined),
      body,
    );

const textAt = (body: Body, path: string): string => {
  const value = fieldAt(body, path);
  if (typeof value !== 'string') throw new DemoFailure(`the answer has no ${path}`);
  return value;
};

const short = (body: unknown, look: readonly string[]): string =>
  look
    .map((path) => [path.split('.').at(-1), fieldAt(body, path)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

const makeCall = async (walk: Walk, { method, host, path, body, shownBody = body, look }: Call): Promise<Body> => {
  const apiUrl = host === 'pci-api.dojo.tech' ? walk.server.pciUrl : walk.server.apiUrl;
  const place = walk.paint.faint(`at ${new URL(apiUrl).host}, in place of ${host}`);
  walk.write(`  ${walk.paint.strong(method)} ${path}  ${place}`);
  if (body !== undefined) walk.write(`    sends    ${JSON.stringify(shownBody)}`);
  const call = { method, path, timeoutMs: callTimeoutMs, ...(body === undefined ? {} : { body }) };
  const { status, said } = await callServer({ apiUrl, key: publicSandboxKey }, call);
  if (status === null) throw new DemoFailure(`${method} ${path} was not answered`);
  if (status !== 200) throw new DemoFailure(`${method} ${path} answered ${refusalText(status, said)}`);
  walk.write(`    answers  ${status}: ${short(said, look)}`);
  return said as Body;
};

/** Holds an intent to the status that the guide names, and prints the change that led there. */
const expectStatus = (walk: Walk, of: keyof Walk['seen'], body: Body, wanted: string, from?: string): void => {
  const status = textAt(body, 'status');
  if (status !== wanted)
    throw new DemoFailure(
      `the ${of === 'setupIntent' ? 'setup intent' : 'payment intent'} is ${status} instead of ${wanted}`,
    );
  const name = of === 'setupIntent' ? 'setup intent' : 'payment intent';
  const before = walk.seen[of].at(-1) ?? from;
  if (before !== undefined && !walk.seen[of].includes(before)) walk.seen[of].push(before);
  if (before === wanted) {
    walk.write(`    ${name} is still ${wanted}`);
    return;
  }
  walk.seen[of].push(wanted);
  walk.write(`    ${name}: ${before === undefined ? '' : `${before} → `}${walk.paint.strong(wanted)}`);
};

const setupIntentLook = ['id', 'status', 'paymentDetails.card.cardNumber'] as const;

const walkGuide = async (walk: Walk): Promise<void> => {
  const { write } = walk;
  write('1. The customer enters a card in your own page');
  write(`    ${shownCard.cardNumber}, ${shownCard.expiryDate}, ${shownCard.cardName}`);
  write('');
  write('2. Tokenise it: the only call that carries the card number');
  const asked = {
    reference: 'Order 236',
    terms: 'One charge if I do not show up',
    merchantInitiatedTransactionType: 'NoShow',
  };
  const tokenised = await makeCall(walk, {
    method: 'POST',
    host: 'pci-api.dojo.tech',
    path: '/setup-intents',
    body: { ...asked, cardDetails: card },
    shownBody: { ...asked, cardDetails: shownCard },
    look: setupIntentLook,
  });
  expectStatus(walk, 'setupIntent', tokenised, 'Authorized', 'Created');
  const setupIntentId = textAt(tokenised, 'id');
  const setupIntentPath = `/setup-intents/${setupIntentId}`;
  write('');
  write('3. Create a payment intent, and charge the card that it names');
  const created = await makeCall(walk, {
    method: 'POST',
    host: 'api.dojo.tech',
    path: '/payment-intents',
    body: { amount: { value: 1000, currencyCode: 'GBP' }, reference: 'Order 236', setupIntentId },
    look: ['id', 'status'],
  });
  expectStatus(walk, 'paymentIntent', created, 'Created');
  const paymentIntentPath = `/payment-intents/${textAt(created, 'id')}`;
  expectStatus(
    walk,
    'setupIntent',
    await makeCall(walk, { method: 'GET', host: 'api.dojo.tech', path: setupIntentPath, look: ['status'] }),
    'Authorized',
  );
  const charged = await makeCall(walk, {
    method: 'POST',
    host: 'api.dojo.tech',
    path: `${paymentIntentPath}/charge`,
    look: ['status', 'message'],
  });
  const outcome = `${textAt(charged, 'status')} ${textAt(charged, 'message')}`;
  if (outcome !== 'Successful DEPOSITED')
    throw new DemoFailure(`the charge is ${outcome} instead of Successful DEPOSITED`);
  expectStatus(
    walk,
    'paymentIntent',
    await makeCall(walk, { method: 'GET', host: 'api.dojo.tech', path: paymentIntentPath, look: ['status'] }),
    'Captured',
  );
  write('');
  write('4. Check the setup intent');
  const checked = await makeCall(walk, {
    method: 'GET',
    host: 'api.dojo.tech',
    path: setupIntentPath,
    look: setupIntentLook,
  });
  expectStatus(walk, 'setupIntent', checked, 'Completed');
};

/**
 * Walks the guide's four steps against a server that is started for it and removed afterwards.
 * @returns the exit code: 0 when everything was as the guide says, else 1
 */
export const runDemo = async (options: DemoOptions): Promise<0 | 1> => {
  const paint = options.colours ? colourPaint : plainPaint;
  const { write } = options;
  const server = await options.startServer();
  try {
    const walk: Walk = { server, write, paint, seen: { setupIntent: [], paymentIntent: [] } };
    write(`A sandbox for this walk: API ${server.apiUrl}, PCI ${server.pciUrl}`);
    write('');
    await walkGuide(walk);
    write('');
    for (const line of drawStates(walk.seen, paint)) write(line);
    write('');
    write('All as the guide says.');
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    write('');
    write(`Not as the guide says: ${error.message}`);
    return 1;
  } finally {
    await server.stop();
  }
};
