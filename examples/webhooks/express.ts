// A receiver on Express: node examples/webhooks/express.ts
import express, { type Request, type Response } from 'express';
import { webhooks, WebhookVerificationError } from '@strongroom/sdk';
import { handleEvent } from './handle-event.ts';
import { bodyBytesMax, port, secrets } from './settings.ts';

const app = express();

// `express.raw` for this route, and no `express.json` before it: the signature is over the bytes.
const raw = express.raw({ type: 'application/json', limit: bodyBytesMax });

const receive = async (request: Request, response: Response): Promise<void> => {
  try {
    const body = request.body as Buffer;
    handleEvent(await webhooks.verify(body, request.headers, secrets, { requireTimestamp: true }));
    response.status(204).end();
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.error(`${error.name}: ${error.message}`);
    response.status(400).end();
  }
};

// Express 5 hands on what a handler's promise is rejected with, and answers 500.
app.post('/hooks', raw, receive);

app.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}/hooks`));
