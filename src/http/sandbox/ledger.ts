import Type from 'typebox';
import { ok } from '../../domain/result.ts';
import type { SandboxLedgerEntry } from '../../ports/sandbox-acquirer.ts';
import { callerOf } from '../call.ts';
import type { Operation } from '../operation.ts';
import { wholeInQuery } from '../query.ts';
import { moneyShown } from '../schema/money.ts';
import { momentSchema, shownMoneySchema } from '../shown-schemas.ts';
import type { SandboxUseCases } from './sandbox-use-cases.ts';

/** 250 bytes an entry: a page of a quarter of a megabyte. */
const limitMax = 1000;

const entrySchema = Type.Object(
  {
    at: momentSchema('In the account’s time.'),
    attemptId: Type.String({ description: 'The id that the acquirer knows the message by.' }),
    operation: Type.Enum(['verify', 'charge', 'reverse', 'refund'], { description: 'What it was asked to do.' }),
    setupIntentId: Type.Optional(Type.String({ description: 'Of a verification.' })),
    paymentIntentId: Type.Optional(Type.String({ description: 'Of all else.' })),
    amount: Type.Optional(shownMoneySchema('Of all but a verification.')),
    cardLast4: Type.Optional(Type.String({ description: 'The last four digits of the card.' })),
    outcome: Type.Enum(['approved', 'declined', 'reversed', 'refunded'], { description: 'What it did.' }),
    responseCode: Type.String({ description: 'ISO 8583 field 39.' }),
  },
  { title: 'SandboxLedgerEntry' },
);
const ledgerSchema = Type.Object(
  {
    entries: Type.Array(entrySchema, { description: 'Oldest first.' }),
    next: Type.Optional(Type.Integer({ description: 'Only where there is more: send it as after.' })),
  },
  { title: 'SandboxLedger' },
);
const querySchema = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'The next of the page before.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, description: `Default ${limitMax}.` })),
});

export const readSandboxLedger = ({ acquirer }: SandboxUseCases): Operation => ({
  method: 'GET',
  url: '/sandbox/acquirer/ledger',
  audience: 'sandbox',
  id: 'readSandboxLedger',
  resource: 'Sandbox',
  summary: 'Read the book of the simulated acquirer',
  description: 'What it received and did, from its own file. Inquiries do nothing and are left out.',
  query: querySchema,
  changes: false,
  answer: ledgerSchema,
  problems: [404],
  handle: async ({ request }) => {
    const after = wholeInQuery(request, 'after', 0);
    if (!after.ok) return after;
    const limit = wholeInQuery(request, 'limit', limitMax, { minimum: 1, maximum: limitMax });
    if (!limit.ok) return limit;
    // One more than asked for tells whether there is a next page.
    const page = { after: after.value, limit: limit.value + 1 };
    const found = await acquirer.ledger(callerOf(request).id, page);
    const entries = found.slice(0, limit.value);
    const next = found.length > limit.value ? entries.at(-1)?.sequence : undefined;
    return ok({ status: 200, body: JSON.stringify({ entries: entries.map(entryShown), next }) });
  },
});

const entryShown = (entry: SandboxLedgerEntry): Readonly<Record<string, unknown>> => ({
  at: new Date(entry.at).toISOString(),
  attemptId: entry.attemptId,
  operation: entry.operation,
  [entry.operation === 'verify' ? 'setupIntentId' : 'paymentIntentId']: entry.intentId,
  amount: entry.amount === null ? undefined : moneyShown(entry.amount),
  cardLast4: entry.cardLast4 ?? undefined,
  outcome: entry.outcome,
  responseCode: entry.responseCode,
});
