import Type, { type TSchema } from 'typebox';
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
import { answerReader, type ReadAnswer } from '../answer-reader.ts';

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

export const readVerifyOutcome: ReadAnswer<VerifyOutcome> = answerReader(verifyOutcome);
export const readChargeOutcome: ReadAnswer<ChargeOutcome> = answerReader(chargeOutcome);
export const readReversalOutcome: ReadAnswer<ReversalOutcome> = answerReader(reversalOutcome);
export const readInquiryOutcome: ReadAnswer<InquiryOutcome> = answerReader(inquiryOutcome);
export const readKeptCards: ReadAnswer<{ readonly cards: readonly KeptCard[] }> = answerReader(keptCards);
export const readScript: ReadAnswer<AcquirerScript> = answerReader(script);
export const readLedgerPage: ReadAnswer<{ readonly entries: readonly SandboxLedgerEntry[] }> = answerReader(ledgerPage);
/** Where the word that it is done is all there is to say. */
export const readDone: ReadAnswer<object> = answerReader(Type.Object({}));
