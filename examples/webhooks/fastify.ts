// A receiver on Fastify: node examples/webhooks/fastify.ts
import fastify from 'fastify';
import { webhooks, WebhookVerificationError } from '@strongroom/sdk';
import { handleEvent } from './handle-event.ts';
import { bodyBytesMax, port, secrets } from './settings.ts';

const app = fastify({ bodyLimit: bodyBytesMax });

// In place of Fastify's own parser: the signature is over the bytes, which a parsed body has lost.
app.removeContentTypeParser('application/json');
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

app.post('/hooks', async (request, reply) => {
  try {
    const body = request.body as Buffer;
    handleEvent(await webhooks.verify(body, request.headers, secrets, { requireTimestamp: true }));
    return await reply.code(204).send();
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.error(`${error.name}: ${error.message}`);
    return reply.code(400).send();
  }
});

await app.listen({ host: '127.0.0.1', port });
console.log(`listening on http://127.0.0.1:${port}/hooks`);
