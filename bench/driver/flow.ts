import type { Answer } from './connection.ts';

/** The four calls of the guide, in order. */
export const callNames = ['tokenise', 'create payment intent', 'charge', 'read setup intent'] as const;
export type CallName = (typeof callNames)[number];

/** Where the flow is driven to. */
export type Target = {
  readonly host: string;
  readonly apiPort: number;
  readonly pciPort: number;
  readonly key: string;
};

/** What a flow carries from one call to the next. */
export type FlowIds = { setupIntentId: string; paymentIntentId: string };

/** One call: the bytes to send, and the check of what came back, which also takes the ids. */
export type Call = {
  readonly name: CallName;
  readonly listener: 'api' | 'pci';
  request(ids: FlowIds): string;
  /** `undefined` when the answer is right, else what is wrong with it. */
  check(answer: Answer, ids: FlowIds): string | undefined;
};

const apiVersion = '2024-02-05';

const tokeniseBody = JSON.stringify({
  reference: 'bench',
  terms: 'The customer agrees to one later charge.',
  merchantInitiatedTransactionType: 'NoShow',
  cardDetails: { cardNumber: '5200000000001005', cardName: 'Bench Card', expiryDate: '12 / 29', cV2: '020' },
});

const setupIntentPattern = /"id":"(si_[a-z]+_[\w-]{22})"/;
const paymentIntentPattern = /"id":"(pi_[a-z]+_[\w-]{22})"/;

const wrong = (answer: Answer, wanted: string): string =>
  `wanted 200 and ${wanted}, got ${answer.status} ${answer.body.slice(0, 300)}`;

/** Looks for the text instead of parsing the body: parsing would cost the driver more than all its other work. */
const holds = (answer: Answer, text: string): string | undefined =>
  answer.status === 200 && answer.body.includes(text) ? undefined : wrong(answer, text);

/** The four calls against one target, with every byte that does not depend on an id written once. */
export const flowCalls = (target: Target): readonly Call[] => {
  const head = (host: string): string =>
    `\r\nHost: ${host}\r\nAuthorization: Basic ${target.key}\r\nversion: ${apiVersion}\r\nContent-Type: application/json\r\nContent-Length: `;
  const apiHead = head(`${target.host}:${target.apiPort}`);
  const tokenise = `POST /setup-intents HTTP/1.1${head(`${target.host}:${target.pciPort}`)}${tokeniseBody.length}\r\n\r\n${tokeniseBody}`;
  const createStart = '{"amount":{"value":1000,"currencyCode":"GBP"},"reference":"bench","setupIntentId":"';
  const createEnd = '"}';
  const createFixedBytes = createStart.length + createEnd.length;
  return [
    {
      name: 'tokenise',
      listener: 'pci',
      request: () => tokenise,
      check: (answer, ids) => {
        const id = setupIntentPattern.exec(answer.body)?.[1];
        if (id === undefined) return wrong(answer, 'a setup intent id');
        ids.setupIntentId = id;
        return holds(answer, '"status":"Authorized"');
      },
    },
    {
      name: 'create payment intent',
      listener: 'api',
      request: (ids) =>
        `POST /payment-intents HTTP/1.1${apiHead}${createFixedBytes + ids.setupIntentId.length}\r\n\r\n${createStart}${ids.setupIntentId}${createEnd}`,
      check: (answer, ids) => {
        const id = paymentIntentPattern.exec(answer.body)?.[1];
        if (id === undefined) return wrong(answer, 'a payment intent id');
        ids.paymentIntentId = id;
        return holds(answer, '"status":"Created"');
      },
    },
    {
      name: 'charge',
      listener: 'api',
      request: (ids) => `POST /payment-intents/${ids.paymentIntentId}/charge HTTP/1.1${apiHead}0\r\n\r\n`,
      check: (answer) => holds(answer, '"status":"Successful"') ?? holds(answer, '"message":"DEPOSITED"'),
    },
    {
      name: 'read setup intent',
      listener: 'api',
      request: (ids) => `GET /setup-intents/${ids.setupIntentId} HTTP/1.1${apiHead}0\r\n\r\n`,
      check: (answer, ids) => holds(answer, `"id":"${ids.setupIntentId}"`) ?? holds(answer, '"status":"Completed"'),
    },
  ];
};
