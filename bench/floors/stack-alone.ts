import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';
import { openSqliteEngine } from '../../src/store/sqlite/sqlite-engine.ts';
import type { CallName } from '../driver/flow.ts';
import type { RecordedAnswer } from './bare-http.ts';
import { floorSchema, flowSteps } from './flow-rows.ts';

export type StackAloneJob = {
  readonly answers: readonly RecordedAnswer[];
  readonly databaseFile: string;
  /** Size of an intent's row, taken from the product's real answers. */
  readonly intentBytes: number;
};

/** What of a card is sealed; its length is what counts. */
const card = '5200000000001005=202912';

/**
 * The product's stack without the product: its HTTP framework reads and parses the same calls and answers the same bytes,
 * a card is sealed for each tokenisation, and the rows of a flow become durable in its four commits through the product's
 * own engine. No keys, rules, acquirer, ids or log.
 */
export const startStackAlone = async ({
  answers,
  databaseFile,
  intentBytes,
}: StackAloneJob): Promise<{ readonly apiPort: number; readonly pciPort: number; close(): Promise<void> }> => {
  const engine = openSqliteEngine({ path: databaseFile });
  await engine.write(floorSchema.map((sql) => ({ sql, params: [] })));
  const key = createSecretKey(randomBytes(32));
  const seal = (): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12));
    return Buffer.concat([cipher.update(card, 'latin1'), cipher.final(), cipher.getAuthTag()]);
  };
  const answerTo = (name: CallName): Omit<RecordedAnswer, 'call'> => {
    const answer = answers.find(({ call }) => call === name);
    if (answer === undefined) throw new Error(`no recorded answer for: ${name}`);
    const { 'content-length': _written, ...headers } = answer.headers;
    return { headers, body: answer.body };
  };
  /** Answers are recorded, so calls say nothing of their flow: the nth of each kind is taken to be of the nth flow. */
  const handler = (name: CallName, work: (flow: string) => Promise<unknown>): RouteHandlerMethod => {
    const { headers, body } = answerTo(name);
    let count = 0;
    return async (_request, reply) => {
      count += 1;
      await work(String(count).padStart(22, '0'));
      return reply.headers(headers).send(body);
    };
  };
  const steps = flowSteps(intentBytes);
  const pci = newListener();
  pci.post(
    '/setup-intents',
    handler('tokenise', (flow) => {
      seal();
      return engine.write(steps.setupIntent(flow));
    }),
  );
  const api = newListener();
  api.post(
    '/payment-intents',
    handler('create payment intent', (flow) => engine.write(steps.paymentIntent(flow))),
  );
  api.post(
    '/payment-intents/:id/charge',
    handler('charge', async (flow) => {
      await engine.write(steps.attempt(flow));
      await engine.write(steps.outcome(flow));
    }),
  );
  api.get(
    '/setup-intents/:id',
    handler('read setup intent', (flow) => engine.all('select body from object where id = $1', [`si_${flow}`])),
  );
  return {
    apiPort: await portOf(api),
    pciPort: await portOf(pci),
    close: async () => {
      await Promise.all([api.close(), pci.close()]);
      await engine.close();
    },
  };
};

/** Bodies are read and parsed as the product reads them; the published sample of a charge sends an empty one. */
const newListener = (): FastifyInstance => {
  const listener = fastify();
  listener.removeAllContentTypeParsers();
  listener.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    done(null, text === '' ? undefined : JSON.parse(text as string));
  });
  return listener;
};

const portOf = async (listener: FastifyInstance): Promise<number> => {
  await listener.listen({ port: 0, host: '127.0.0.1' });
  return (listener.server.address() as AddressInfo).port;
};
