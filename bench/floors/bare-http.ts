import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callNames } from '../driver/flow.ts';
import type { CallName } from '../driver/flow.ts';

/** What the product answered to one call, byte for byte; `headers` without those that `node:http` writes by itself. */
export type RecordedAnswer = {
  readonly call: CallName;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const ownHeaders = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** Takes an answer apart as it came over the wire. @param head status line and header lines, one character per byte */
export const recordAnswer = (call: CallName, head: string, body: string): RecordedAnswer => ({
  call,
  headers: Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line): [string, string] => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ])
      .filter(([name]) => !ownHeaders.has(name)),
  ),
  body,
});

const callOf = (request: IncomingMessage): CallName => {
  if (request.method === 'GET') return 'read setup intent';
  const url = request.url ?? '';
  if (url === '/setup-intents') return 'tokenise';
  return url === '/payment-intents' ? 'create payment intent' : 'charge';
};

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/**
 * The least that any server on `node:http` must do for these calls: read the body, parse it, answer.
 * Two listeners, as the product has, so that both sides hold as many connections.
 */
export const startBareHttp = async (
  answers: readonly RecordedAnswer[],
): Promise<{ readonly apiPort: number; readonly pciPort: number; close(): void }> => {
  const prepared = new Map(
    answers.map((answer) => {
      const body = Buffer.from(answer.body, 'latin1');
      return [answer.call, { headers: { ...answer.headers, 'content-length': String(body.length) }, body }];
    }),
  );
  const missing = callNames.filter((name) => !prepared.has(name));
  if (missing.length > 0) throw new Error(`no recorded answer for: ${missing.join(', ')}`);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      if (text !== '') JSON.parse(text);
      const answer = prepared.get(callOf(request));
      if (answer === undefined) throw new Error('every call has an answer');
      response.writeHead(200, answer.headers);
      response.end(answer.body);
    });
  };
  const servers = [createServer(handle), createServer(handle)] as const;
  const apiPort = await listen(servers[0]);
  const pciPort = await listen(servers[1]);
  return {
    apiPort,
    pciPort,
    close: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
};
