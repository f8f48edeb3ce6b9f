import type { FastifyRequest } from 'fastify';
import { renderChargeReport } from '../../src/domain/charge-report.ts';
import { ok, type Result, refuse } from '../../src/domain/result.ts';
import type { ApiVersion } from '../../src/domain/versions.ts';
import { problemAnswer } from '../../src/http/answer.ts';
import { deliverOnce } from '../../src/http/idempotency.ts';
import { renderPaymentIntent } from '../../src/http/payment-intents/render.ts';
import { renderSetupIntent } from '../../src/http/setup-intents/render.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { type Problem, problem } from '../../src/problems/problems.ts';
import type { Account } from '../../src/domain/account.ts';
import { advanceSandboxClock } from '../../src/use-cases/advance-sandbox-clock.ts';
import type { GivenAnswer } from '../../src/use-cases/answer-once.ts';
import type { Answer } from '../../src/use-cases/context.ts';
import { expiryOfIntents } from '../../src/use-cases/expire-due-intents.ts';
import { renderRefund } from '../../src/use-cases/refund-answer.ts';
import type { SimulatedNode } from './node.ts';
import type { Order } from './step.ts';

/** A request as it goes out. `objectId` is what the order's `of` stands for. */
export type Call = {
  readonly id: number;
  readonly order: Order;
  readonly accountId: string;
  readonly secretKey: string;
  readonly objectId: string;
  /** In the merchant's reference of what is made: whoever finds it in the database knows which request made it. */
  readonly reference: string;
  /** The same key on another request: the body differs. */
  readonly clash: boolean;
};

const version: ApiVersion = '2026-02-27';

/** 16 digits in Visa's range, with the check digit of Luhn's formula (ISO/IEC 7812-1). */
export const cardNumberOf = (card: number): string => {
  const digits = `4000000${String(card).padStart(8, '0')}`;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
};

const operations = {
  tokenise: 'POST /setup-intents',
  'create-payment': 'POST /payment-intents',
  charge: 'POST /payment-intents/:paymentIntentId/charge',
  refund: 'POST /payment-intents/:paymentIntentId/refunds',
  'delete-payment': 'DELETE /payment-intents/:paymentIntentId',
  'delete-setup': 'DELETE /setup-intents/:setupIntentId',
  'refresh-payment': 'POST /payment-intents/:paymentIntentId/refresh-client-session-secret',
  'refresh-setup': 'POST /setup-intents/:setupIntentId/refresh-client-session-secret',
  advance: 'POST /sandbox/clock/advance',
  'read-payment': 'GET',
  'read-setup': 'GET',
} as const satisfies Record<Order['op'], string>;

const renderMoment = (now: number): Answer => ({ status: 200, body: JSON.stringify({ now }) });

type Deliver = Promise<Result<GivenAnswer, Problem>>;

/** Does what the HTTP room does for the call, from authentication to the bytes of the answer. */
export const makeCall = async (node: SimulatedNode, call: Call): Promise<Answer> => {
  const traceId = `00-${String(call.id).padStart(32, '0')}-0000000000000000-01`;
  try {
    const caller = await node.server.useCases.authenticate({ secretKey: call.secretKey });
    if (!caller.ok) throw new Error(`a good key was refused: ${caller.error.code}`);
    const outcome = await deliver(node, call, caller.value.account, traceId);
    return outcome.ok ? outcome.value : problemAnswer(outcome.error, traceId);
  } catch (error) {
    if (error instanceof StoreUnavailable) return problemAnswer(problem('store-unavailable'), traceId);
    throw error;
  }
};

const deliver = (node: SimulatedNode, call: Call, account: Account, traceId: string): Deliver => {
  const { server } = node;
  const { useCases } = server;
  const { order, objectId: id } = call;
  const content = `${JSON.stringify(order)} ${call.clash ? 'another body' : ''}`;
  const request = {
    headers: order.key === null ? {} : { idempotencykey: order.key },
    method: operations[order.op].split(' ')[0],
    url: `${order.op}/${id}`,
    apiVersion: version,
    account,
    id: traceId,
  } as unknown as FastifyRequest;
  const setup = { operation: operations[order.op], content, render: renderSetupIntent(version) };
  const payment = { ...setup, render: renderPaymentIntent(version, server.publicApiUrl()) };
  switch (order.op) {
    case 'tokenise':
      return tokenise(node, call, account, request, content);
    case 'create-payment': {
      const amount = { amountMinor: order.amountMinor, currency: 'GBP' } as const;
      const terms = {
        reference: call.reference,
        amount,
        tipsAmount: null,
        serviceChargeAmount: null,
        cashbackAmount: null,
        captureMode: 'Auto',
        autoExpire: null,
        echo: {},
      } as const;
      const input = { account, terms, expireAt: order.expireAt, setupIntentId: id };
      return deliverOnce(server, request, payment, (remember) => useCases.createPaymentIntent({ ...input, remember }));
    }
    case 'advance':
      return deliverOnce(server, request, { ...setup, render: renderMoment }, (remember) =>
        advanceSandboxClock(node.context, [expiryOfIntents], { account, target: { byMs: order.byMs }, remember }),
      );
    case 'charge':
      return deliverOnce(server, request, { ...setup, render: renderChargeReport }, (remember) =>
        useCases.chargePaymentIntent({ account, id, remember }),
      );
    case 'refund': {
      const refundOrder = { amountMinor: order.amountMinor, reason: null, notes: null, previousTransactionId: null };
      const operation = `POST /payment-intents/${id}/refunds`;
      return deliverOnce(server, request, { operation, content, render: renderRefund }, (remember) =>
        useCases.refundPaymentIntent({ account, id, order: refundOrder, traceId, remember }),
      );
    }
    case 'delete-payment':
      return deliverOnce(server, request, payment, (remember) =>
        useCases.deletePaymentIntent({ account, id, remember }),
      );
    case 'delete-setup': {
      const { includeAuthorized } = order;
      return deliverOnce(server, request, setup, (remember) =>
        useCases.deleteSetupIntent({ account, id, includeAuthorized, remember }),
      );
    }
    case 'refresh-payment':
      return deliverOnce(server, request, payment, (remember) =>
        useCases.refreshPaymentIntentSession({ account, id, remember }),
      );
    case 'refresh-setup':
      return deliverOnce(server, request, setup, (remember) =>
        useCases.refreshSetupIntentSession({ account, id, remember }),
      );
    case 'read-payment':
      return rendered(useCases.readPaymentIntent({ account, id, returnCanceled: true }), payment.render);
    case 'read-setup':
      return rendered(useCases.readSetupIntent({ account, id }), setup.render);
  }
};

const rendered = async <T>(read: Promise<Result<T, Problem>>, render: (result: T) => Answer): Deliver => {
  const outcome = await read;
  return outcome.ok ? ok(render(outcome.value)) : outcome;
};

/** The PCI listener's part: the card goes to the vault's memory, the rest on without it. */
const tokenise = (
  node: SimulatedNode,
  call: Call,
  account: Account,
  request: FastifyRequest,
  content: string,
): Deliver => {
  const { order } = call;
  if (order.op !== 'tokenise') throw new Error('not a tokenisation');
  const cardDetails = {
    cardNumber: cardNumberOf(order.card),
    cardName: 'A Guest',
    expiryDate: order.expiry,
    cV2: '341',
  };
  const now = node.server.accountNow(account);
  const captured = node.captureCard({ accountId: account.id, cardDetails, now });
  if (!captured.ok) return Promise.resolve(refuse(problem('acquirer-unavailable', { detail: captured.error.code })));
  const card = captured.value;
  const terms = {
    reference: call.reference,
    terms: 'No-show fee.',
    merchantInitiatedTransactionType: 'NoShow',
    intendedAmount: null,
    echo: {},
  } as const;
  const once = {
    operation: operations.tokenise,
    content: `${card.fingerprint}\n${content}`,
    render: renderSetupIntent(version),
  };
  return deliverOnce(node.server, request, once, (remember) =>
    node.server.useCases.createSetupIntent({ account, terms, expireAt: order.expireAt, capturedCard: card, remember }),
  );
};
