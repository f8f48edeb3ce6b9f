import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import Type from 'typebox';
import { addLinkCall } from '../../src/http/link-listener.ts';
import type { LinkFailure } from '../../src/link/link-agent.ts';
import { type LinkFault, openLinkProxy } from './link-proxy.ts';
import { listenOnLink, openAuthority, openCaller } from './open-link.ts';

const authority = openAuthority();
const vaultSide = authority.issue('strongroom-vault', ['strongroom-api']);
const api = authority.issue('strongroom-api', ['strongroom-vault']);

/** A caller whose connection is open and idle, a door behind a cable, and what the door has done. */
const openCable = async (t: TestContext) => {
  const done: object[] = [];
  const door = await listenOnLink(vaultSide, (listener) =>
    addLinkCall(listener, '/work', Type.Object({}), async (body) => {
      done.push(body);
      return {};
    }),
  );
  const proxy = await openLinkProxy(Number(new URL(door.url).port));
  const caller = openCaller(api);
  t.after(async () => {
    await caller.close();
    await proxy.close();
    await door.close();
  });
  const peer = caller.peerAt(`https://127.0.0.1:${proxy.port}`);
  const ask = (task: string, timeoutMs = 5_000) =>
    peer.call({ path: '/work', body: { task }, timeoutMs, isRepeatable: false });
  return { ask, proxy, done };
};

/** Else the next call makes a connection of its own. */
const connectionIsIdle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const failures: readonly (readonly [LinkFault, LinkFailure['failure'], timesDone: number])[] = [
  ['refuse', 'not-sent', 0],
  ['swallow-answer', 'disconnected', 1],
  ['half-answer', 'disconnected', 1],
  ['freeze', 'timeout', 0],
];

describe('a call between two parts', () => {
  for (const [fault, failure, timesDone] of failures)
    it(`is known as ${failure} when the network does this: ${fault}`, async (t) => {
      const { ask, proxy, done } = await openCable(t);
      assert.ok((await ask('before')).ok);
      await connectionIsIdle();
      proxy.setFault(fault);
      const called = await ask('meanwhile', fault === 'freeze' ? 300 : 5_000);
      assert.ok(!called.ok);
      assert.equal(called.error.failure, failure);
      assert.equal(done.length - 1, timesDone);
      proxy.setFault('none');
      assert.ok((await ask('after')).ok);
    });

  it('has not been sent when its time is over before a connection was made', async (t) => {
    const { ask, proxy, done } = await openCable(t);
    proxy.setFault('freeze');
    const called = await ask('too late', 300);
    assert.ok(!called.ok && called.error.failure === 'not-sent');
    assert.deepEqual(done, []);
  });
});
