import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { sendAnswer, sendProblem } from './answer.ts';
import { describeAnswer, describeProblem } from './operation-schema.ts';
import type { ListenerBasis } from './server.ts';

const up = { status: 200, body: JSON.stringify({ status: 'up' }) };
const healthSchema = Type.Object(
  { status: Type.Enum(['up']) },
  {
    title: 'Health',
    additionalProperties: Type.Enum(['up', 'down'], { description: 'Each other part that it calls.' }),
  },
);

/** Probes of whoever runs the server: without key and version. `live`: the process answers; `ready`: it can do its work. */
export const addHealth = (listener: FastifyInstance, server: Pick<ListenerBasis, 'notReady' | 'otherParts'>): void => {
  const describe = (summary: string, refusals: object = {}) => ({
    schema: {
      tags: ['Operation'],
      summary,
      security: [],
      response: { 200: describeAnswer(healthSchema), ...refusals },
    },
  });
  listener.get('/health/live', describe('Whether the process answers'), (request, reply) =>
    sendAnswer(request, reply, up),
  );
  const notReady = { 503: describeProblem('Why it cannot, or not now.') };
  listener.get('/health/ready', describe('Whether the server can do its work', notReady), async (request, reply) => {
    const refusal = await server.notReady();
    if (refusal !== undefined) return sendProblem(request, reply, refusal);
    if (server.otherParts === undefined) return sendAnswer(request, reply, up);
    return sendAnswer(request, reply, { status: 200, body: JSON.stringify({ status: 'up', ...server.otherParts() }) });
  });
};
