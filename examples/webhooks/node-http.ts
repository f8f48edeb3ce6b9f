// A receiver on Node's own HTTP server: node examples/webhooks/node-http.ts
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { webhooks, WebhookVerificationError } from '@strongroom/sdk';
import { handleEvent } from './handle-event.ts';
import { bodyBytesMax, port, secrets } from './settings.ts';

/** The bytes as they arrived; undefined where there are too many. */
const rawBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
};

const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.method !== 'POST' || request.url !== '/hooks') {
    response.writeHead(404).end();
    return;
  }
  try {
    const body = await rawBody(request);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    handleEvent(await webhooks.verify(body, request.headers, secrets, { requireTimestamp: true }));
    response.writeHead(204).end();
  } catch (error) {
    // 500 makes the sender try again; what is not believed needs no second try.
    response.writeHead(error instanceof WebhookVerificationError ? 400 : 500).end();
    console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  }
};

createServer((request, response) => void receive(request, response)).listen(port, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${port}/hooks`);
});
