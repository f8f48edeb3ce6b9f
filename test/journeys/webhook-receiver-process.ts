/**
 * A receiver of notifications as a process of its own, which behaves as badly as it is told. Every arrival is in its file
 * before it is answered, so that a receiver that is killed has not forgotten what it confirmed.
 *
 *   node webhook-receiver-process.ts <file of arrivals> <file that holds the mode> <port>
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';

/** How it answers. `flapping`: every other request fails. `hanging`: never answers. */
const receiverModes = ['fine', 'error', 'moved', 'garbage', 'endless', 'slow', 'flapping', 'hanging'] as const;
export type ReceiverMode = (typeof receiverModes)[number];

/** `confirmed`: it was answered with a success. */
export type Arrival = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly confirmed: boolean;
};

const [, , arrivals = '', modeFile = '', port = '0'] = process.argv;
const slowMs = 300;
let count = 0;

const never = (): void => undefined;

const endless = (response: ServerResponse): void => {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(16_384)));
    response.once('drain', more);
  };
  more();
};

const answers: Readonly<Record<ReceiverMode, (response: ServerResponse) => void>> = {
  fine: (response) => void response.end('ok'),
  error: (response) => void response.writeHead(500).end('no'),
  moved: (response) => void response.writeHead(301, { location: '/elsewhere' }).end(),
  garbage: (response) => void response.socket?.end('\u0000\u0001 no HTTP\r\n\r\n'),
  endless,
  slow: (response) => void AbortSignal.timeout(slowMs).addEventListener('abort', () => response.end('late')),
  flapping: (response) => void response.writeHead(count % 2 === 0 ? 500 : 200).end(),
  hanging: never,
};
const confirms: ReadonlySet<ReceiverMode> = new Set(['fine', 'endless', 'slow']);

const server = createServer((request, response) => {
  let body = '';
  response.on('error', never);
  request.setEncoding('utf8').on('data', (chunk: string) => {
    body += chunk;
  });
  request.on('end', () => {
    count += 1;
    const mode = readFileSync(modeFile, 'utf8').trim() as ReceiverMode;
    const confirmed = confirms.has(mode) || (mode === 'flapping' && count % 2 === 1);
    appendFileSync(arrivals, `${JSON.stringify({ headers: request.headers, body, confirmed })}\n`);
    answers[mode](response);
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
});
process.on('disconnect', () => process.exit(0));
