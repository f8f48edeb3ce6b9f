import type { FastifyInstance } from 'fastify';
import { sendAnswer, sendProblem } from './answer.ts';
import type { ListenerBasis } from './server.ts';

const up = { status: 200, body: JSON.stringify({ status: 'up' }) };

/** Probes of whoever runs the server: without key and version. `live`: the process answers; `ready`: it can do its work. */
export const addHealth = (listener: FastifyInstance, server: Pick<ListenerBasis, 'notReady' | 'otherParts'>): void => {
  const describe = (summary: string) => ({ schema: { tags: ['Operation'], summary, security: [] } });
  listener.get('/health/live', describe('Whether the process answers'), (request, reply) =>
    sendAnswer(request, reply, up),
  );
  listener.get('/health/ready', describe('Whether the server can do its work'), async (request, reply) => {
    const refusal = await server.notReady();
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    if (server.otherParts === undefined) return sendAnswer(request, reply, up);
    return sendAnswer(request, reply, { status: 200, body: JSON.stringify({ status: 'up', ...server.otherParts() }) });
  });
};
