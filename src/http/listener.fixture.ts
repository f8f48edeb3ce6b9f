import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Account } from '../domain/account.ts';
import { ok } from '../domain/result.ts';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import type { LogFields } from '../ports/logger.ts';
import type { Problem } from '../problems/problems.ts';
import { buildApiListener } from './api-listener.ts';
import type { Server } from './server.ts';
import type { UseCases } from './use-cases.ts';

export const account: Account = {
  id: 'acc_0123456789012345678901',
  name: 'Guest House',
  createdAt: 0,
  clockAheadMs: 0,
};
export const setupIntentId = 'si_sandbox_0123456789012345678901';
export const secretKey = 'sk_sandbox_0123456789abcdefghij';
export const headers = { authorization: `Basic ${secretKey}`, version: '2024-02-05' };

const setupIntent = {
  id: setupIntentId,
  accountId: account.id,
  version: 1,
  eventCount: 1,
  status: 'Created',
  createdAt: 0,
  updatedAt: 0,
  expireAt: 1,
  session: { secret: 'session', expiresAt: 1 },
  terms: { reference: 'r', terms: 't', merchantInitiatedTransactionType: 'NoShow', intendedAmount: null, echo: {} },
  cardReference: null,
  card: null,
  authorization: null,
  declinedCharges: [],
  liveAttemptId: null,
} as const;

const unused = (): never => {
  throw new Error('This use case is not part of the test');
};

/** Use cases that answer at once; a test replaces those that it is about. */
const answering = (replaced: Partial<UseCases>): UseCases => ({
  authenticate: async () => ok({ account, key: {} as never }),
  answerOnce: unused,
  answerLatest: unused,
  ownerOfSetupIntent: unused,
  ownerOfPaymentIntent: unused,
  createSetupIntent: async ({ terms }) => ok({ setupIntent: { ...setupIntent, terms }, events: [] }),
  readSetupIntent: async () => ok({ setupIntent, events: [] }),
  readPublicSetupIntent: async () => ok({ setupIntent, events: [] }),
  deleteSetupIntent: unused,
  refreshSetupIntentSession: unused,
  createPaymentIntent: unused,
  readPaymentIntent: unused,
  readPublicPaymentIntent: unused,
  deletePaymentIntent: unused,
  refreshPaymentIntentSession: unused,
  chargePaymentIntent: async ({ id }) => ok({ paymentIntentId: id, status: 'Successful', message: 'DEPOSITED' }),
  refundPaymentIntent: unused,
  readRefund: unused,
  sendReceipt: unused,
  listSubscriptions: unused,
  readSubscription: unused,
  createSubscription: unused,
  updateSubscription: unused,
  deleteSubscription: unused,
  resumeSubscription: unused,
  generateSecret: unused,
  activateSecret: unused,
  deleteSecret: unused,
  readDeliveries: unused,
  redeliverWebhook: unused,
  replayWebhook: unused,
  followNotifications: unused,
  readNotification: unused,
  ...replaced,
});

export type LogLine = { readonly level: string; readonly fields: LogFields; readonly message: string };
export type Rig = {
  readonly api: FastifyInstance;
  readonly url: string;
  readonly logged: LogLine[];
  readonly server: Server;
};

/** The API listener on loopback over use cases of the test's own. */
export const openApi = async (
  t: TestContext,
  options: { readonly useCases?: Partial<UseCases>; readonly notReady?: () => Problem | undefined } = {},
): Promise<Rig> => {
  const logged: LogLine[] = [];
  const note =
    (level: string) =>
    (fields: LogFields, message: string): void =>
      void logged.push({ level, fields, message });
  const server: Server = {
    useCases: answering(options.useCases ?? {}),
    sandbox: null,
    accountNow: () => Date.UTC(2026, 2, 1),
    random: openSystemRandomness(),
    logger: { error: note('error'), warn: note('warn'), info: note('info'), debug: note('debug') },
    containsCardNumber: (text) => text.replaceAll(/[ -]/g, '').includes('4000000000000002'),
    publicApiUrl: () => 'http://api.test',
    publicPciUrl: () => 'http://pci.test',
    notReady: async () => options.notReady?.(),
  };
  const api = await buildApiListener(server, null);
  t.after(() => api.close());
  await api.listen({ host: '127.0.0.1', port: 0 });
  return { api, url: `http://127.0.0.1:${(api.server.address() as AddressInfo).port}`, logged, server };
};

/** Sends bytes as they are, and gives back all that comes until the other side closes. */
export const sendRaw = async (url: string, bytes: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  socket.write(bytes);
  await once(socket, 'close');
  return received;
};
