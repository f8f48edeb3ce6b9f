import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { type AcquirerScript, scriptedActions, scriptedOperations } from '../../domain/acquirer-script.ts';
import { currencies } from '../../domain/money.ts';
import type {
  ChargeOutcome,
  InquiryOutcome,
  KeptCard,
  ReversalOutcome,
  VerifyOutcome,
} from '../../ports/card-processor.ts';
import type { SandboxLedgerEntry } from '../../ports/sandbox-acquirer.ts';

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const transaction = Type.Object({
  transactionId: Type.String(),
  at: Type.Number(),
  responseCode: Type.String(),
  authCode: orNull(Type.String()),
  avsResult: orNull(Type.String()),
});
const approved = Type.Object({ outcome: Type.Literal('approved'), transaction });
const declined = Type.Object({ outcome: Type.Literal('declined'), transaction });
const unknown = Type.Object({
  outcome: Type.Literal('unknown'),
  reason: Type.Enum(['timeout', 'disconnected', 'garbled']),
});
const notSent = Type.Object({
  outcome: Type.Literal('not-sent'),
  reason: Type.Enum(['card-missing', 'card-unreadable', 'no-acquirer', 'acquirer-unreachable', 'vault-unreachable']),
});

const verifyOutcome = Type.Union([
  Type.Object({ outcome: Type.Literal('approved'), transaction, cardReference: Type.String() }),
  declined,
  Type.Object({ outcome: Type.Literal('challenged'), transaction }),
  unknown,
  notSent,
]);
const chargeOutcome = Type.Union([approved, declined, unknown, notSent]);
const reversalOutcome = Type.Union([
  Type.Object({ outcome: Type.Literal('reversed'), hadApproved: Type.Boolean(), transaction }),
  unknown,
  notSent,
]);
const inquiryOutcome = Type.Union([
  approved,
  declined,
  Type.Object({ outcome: Type.Literal('never-received') }),
  Type.Object({ outcome: Type.Literal('already-reversed'), transaction }),
  unknown,
  notSent,
]);
const keptCards = Type.Object({
  cards: Type.Array(Type.Object({ reference: Type.String(), accountId: Type.String(), setupIntentId: Type.String() })),
});
const script = Type.Object({
  seed: Type.Number(),
  rules: Type.Array(
    Type.Object({
      when: Type.Object({
        operation: Type.Optional(Type.Enum([...scriptedOperations])),
        cardNumberEndsWith: Type.Optional(Type.String()),
        amount: Type.Optional(Type.Number()),
        reference: Type.Optional(Type.String()),
        call: Type.Optional(Type.Number()),
      }),
      then: Type.Object({
        action: Type.Enum([...scriptedActions]),
        responseCode: Type.Optional(Type.String()),
        ms: Type.Optional(Type.Number()),
      }),
      probability: Type.Optional(Type.Number()),
      times: Type.Optional(Type.Number()),
    }),
  ),
});
const ledgerPage = Type.Object({
  entries: Type.Array(
    Type.Object({
      sequence: Type.Number(),
      at: Type.Number(),
      attemptId: Type.String(),
      operation: Type.Enum(['verify', 'charge', 'reverse', 'refund']),
      intentId: Type.String(),
      amount: orNull(Type.Object({ amountMinor: Type.Number(), currency: Type.Enum([...currencies]) })),
      cardLast4: orNull(Type.String()),
      outcome: Type.Enum(['approved', 'declined', 'reversed', 'refunded']),
      responseCode: Type.String(),
    }),
  ),
});

/** Reads an answer of the vault; `undefined` for anything else than such an answer: nothing is concluded from that. */
export type Read<T> = (body: string) => T | undefined;

const reader = <Schema extends TSchema>(schema: Schema): Read<Static<Schema>> => {
  const compiled = Compile(schema);
  return (body) => {
    try {
      const value: unknown = JSON.parse(body);
      return compiled.Check(value) ? (value as Static<Schema>) : undefined;
    } catch {
      return undefined;
    }
  };
};

export const readVerifyOutcome: Read<VerifyOutcome> = reader(verifyOutcome);
export const readChargeOutcome: Read<ChargeOutcome> = reader(chargeOutcome);
export const readReversalOutcome: Read<ReversalOutcome> = reader(reversalOutcome);
export const readInquiryOutcome: Read<InquiryOutcome> = reader(inquiryOutcome);
export const readKeptCards: Read<{ readonly cards: readonly KeptCard[] }> = reader(keptCards);
export const readScript: Read<AcquirerScript> = reader(script);
export const readLedgerPage: Read<{ readonly entries: readonly SandboxLedgerEntry[] }> = reader(ledgerPage);
/** Where the word that it is done is all there is to say. */
export const readDone: Read<object> = reader(Type.Object({}));
