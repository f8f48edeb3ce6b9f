import assert from 'node:assert/strict';
import { codeOf, type Reply } from './open-client.ts';
import type { RunningStrongroom } from './start-strongroom.ts';
import { until } from './until.ts';

/**
 * A refusal as every caller may expect it: a problem document of this status and code, with a detail to act on and a trace id,
 * and nothing in it of how the server is made.
 */
export const assertProblem = (reply: Reply, status: number, code: string): void => {
  assert.equal(reply.status, status, reply.text);
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  const { title, detail, traceId, status: shownStatus } = reply.shown;
  assert.equal(codeOf(reply), code, reply.text);
  assert.equal(Number(shownStatus), status);
  assert.ok(title.length > 5 && detail.length > 10, reply.text);
  assert.match(traceId, /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  assert.doesNotMatch(reply.text, /\.ts\b|node:|node_modules|\bat \S+ \(|Error:|sqlite|fastify/i);
};

/** Whoever is told a trace id can be helped with it: it is in the log, beside the status. Lines are written in groups, so it waits. */
export const assertLogged = async (strongroom: RunningStrongroom, replies: readonly Reply[]): Promise<void> => {
  assert.ok(replies.length > 0);
  const wanted = new Map(replies.map((reply) => [reply.shown.traceId, reply.status]));
  assert.equal(wanted.size, replies.length, 'every call has a trace id of its own');
  const missing = (): string =>
    replies
      .filter(({ shown }) => wanted.has(shown.traceId))
      .map(({ text }) => text)
      .join('\n');
  await until(missing, () => {
    const lines = strongroom
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    for (const line of lines) {
      const { traceId, status } = JSON.parse(line) as { readonly traceId?: string; readonly status?: number };
      if (traceId !== undefined && wanted.get(traceId) === status) wanted.delete(traceId);
    }
    return wanted.size === 0 ? true : undefined;
  });
};

/**
 * Remembers what was refused, for looking it up in the log.
 * @param marker in all that is sent; no answer may repeat it
 */
export const collectRefusals = (marker: string) => {
  const seen: Reply[] = [];
  const refused = async (sent: Promise<Reply>, status: number, code: string): Promise<Reply> => {
    const reply = await sent;
    assertProblem(reply, status, code);
    assert.ok(!reply.text.toLowerCase().includes(marker), reply.text);
    seen.push(reply);
    return reply;
  };
  return { refused, seen };
};
