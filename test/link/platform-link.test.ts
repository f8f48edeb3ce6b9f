import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import Type from 'typebox';
import { addLinkCall } from '../../src/http/link-listener.ts';
import { buildForwardingPciListener } from '../../src/http/pci-listener.ts';
import { addPlatformCalls, type PlatformCalls } from '../../src/http/platform-listener.ts';
import { openRemotePlatform } from '../../src/link/platform/remote-platform.ts';
import type { AttemptRequest } from '../../src/ports/card-processor.ts';
import type { PlatformLink } from '../../src/ports/platform-link.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { openSystemRandomness } from '../../src/platform/system-randomness.ts';
import { containsCardNumber } from '../../vault/index.ts';
import { listenOnLink, openAuthority, openCaller, openLog } from './open-link.ts';

const authority = openAuthority();
const vaultSide = authority.issue('strongroom-vault', ['strongroom-api']);
const apiSide = authority.issue('strongroom-api', ['strongroom-vault']);
const charge: AttemptRequest = {
  accountId: 'acc_one',
  now: 1,
  attemptId: 'att_1',
  paymentIntentId: 'pi_1',
  amount: { amountMinor: 100, currency: 'GBP' },
};

type AddCalls = Parameters<typeof listenOnLink>[1];

/** The vault's end of the link to a platform that the test answers for. */
const openPlatform = async (t: TestContext, addCalls: AddCalls) => {
  const door = await listenOnLink(apiSide, addCalls);
  const caller = openCaller(vaultSide);
  t.after(async () => {
    await caller.close();
    await door.close();
  });
  const faults: unknown[] = [];
  const pauses: number[] = [];
  const link = openRemotePlatform({
    platform: caller.peerAt(door.url),
    vaultUrl: () => 'https://127.0.0.1:1',
    acquirerTimeoutMs: 1_000,
    pause: async (ms) => void pauses.push(ms),
    onFault: (error) => void faults.push(error),
  });
  return { link, faults, pauses, close: () => door.close() };
};

/** The real calls of the platform, with one of them answered by the test. */
const withReversal =
  (reverseLateApproval: PlatformCalls['reverseLateApproval']): AddCalls =>
  (listener) =>
    addPlatformCalls(listener, {
      server: {} as PlatformCalls['server'],
      noteCardPlace: () => () => {},
      reverseLateApproval,
    });

describe('a late approval', () => {
  it('is told to the platform, which reverses it', async (t) => {
    const told: AttemptRequest[] = [];
    const { link } = await openPlatform(
      t,
      withReversal(async (late) => void told.push(late)),
    );
    assert.equal(await link.reportLateApproval(charge), true);
    assert.deepEqual(told, [charge]);
  });

  it('is told again while the platform’s database is away', async (t) => {
    let tries = 0;
    const { link, pauses } = await openPlatform(
      t,
      withReversal(async () => {
        tries += 1;
        if (tries < 3) throw new StoreUnavailable('away');
      }),
    );
    assert.equal(await link.reportLateApproval(charge), true);
    assert.deepEqual([tries, pauses], [3, [1_000, 2_000]]);
  });

  it('is given up after half a minute and six tries: the workers settle the attempt anyway', async (t) => {
    const { link, pauses, close } = await openPlatform(
      t,
      withReversal(async () => undefined),
    );
    await close();
    assert.equal(await link.reportLateApproval(charge), false);
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000]);
  });
});

describe('an answer of the platform that is none', () => {
  for (const answer of [{}, { status: 'x' }, { status: 99, headers: {}, body: '' }, { account: {} }, []])
    it(`is an outage, and somebody is told: ${JSON.stringify(answer)}`, async (t) => {
      const { link, faults } = await openPlatform(t, (listener) => {
        for (const path of ['/authentications', '/setup-intents'])
          addLinkCall(listener, path, Type.Object({}), async () => answer);
      });
      assert.deepEqual(await link.authenticate('sk_sandbox_x'), { ok: false, error: 'platform-unavailable' });
      const request = { card: { refused: { code: 'test-card-refused' } } } as Parameters<
        PlatformLink['createSetupIntent']
      >[0];
      assert.deepEqual(await link.createSetupIntent(request), { ok: false, error: 'platform-unavailable' });
      assert.equal(faults.length, 2);
    });
});

describe('the platform’s private calls', () => {
  it('refuse a body that is not exactly what they take, before anything is done', async (t) => {
    let isReached = false;
    const { link, faults } = await openPlatform(
      t,
      withReversal(async () => {
        isReached = true;
      }),
    );
    for (const wrong of [
      { ...charge, now: -1 },
      { ...charge, more: 1 },
      { ...charge, attemptId: 'x'.repeat(65) },
    ])
      assert.equal(await link.reportLateApproval(wrong), false);
    assert.ok(!isReached);
    assert.ok(faults.length > 0);
  });
});

describe('the vault’s own listener', () => {
  /** With an intake that takes a card without one, and counts what becomes of it. */
  const openIntake = async (t: TestContext, platform: Partial<PlatformLink>) => {
    const cards = { taken: 0, discarded: 0 };
    const account = { id: 'acc_one', name: 'x', createdAt: 0, clockAheadMs: 0 };
    const listener = await buildForwardingPciListener(
      {
        random: openSystemRandomness(),
        logger: openLog().logger,
        containsCardNumber,
        notReady: async () => undefined,
        accountNow: () => 0,
        platform: {
          authenticate: async () => ({ ok: true, value: account }),
          createSetupIntent: async () => ({ ok: true, value: { status: 200, headers: {}, body: '{}' } }),
          reportLateApproval: async () => true,
          ...platform,
        },
      },
      null,
      (intake, door) => {
        intake.route({
          method: 'POST',
          url: '/setup-intents',
          onRequest: door.onRequest,
          handler: (request, reply) =>
            door.create(request, reply, request.body as Record<string, unknown>, () => {
              cards.taken += 1;
              const discard = (): void => void (cards.discarded += 1);
              const summary = { last4: '1005' } as never;
              return { ok: true, value: { reference: 'card_1', summary, fingerprint: 'f', usableUntil: 1, discard } };
            }),
        });
      },
    );
    await listener.listen({ host: '127.0.0.1', port: 0 });
    t.after(() => listener.close());
    const { port } = listener.server.address() as AddressInfo;
    const post = (body: object) =>
      fetch(`http://127.0.0.1:${port}/setup-intents`, {
        method: 'POST',
        headers: {
          authorization: `Basic sk_sandbox_${'a'.repeat(32)}`,
          version: '2026-02-27',
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      });
    return { post, cards };
  };

  it('drops the card whatever the platform answers, and where it does not answer or breaks', async (t) => {
    const ends: readonly (readonly [number, PlatformLink['createSetupIntent']])[] = [
      [200, async () => ({ ok: true, value: { status: 200, headers: {}, body: '{}' } })],
      [400, async () => ({ ok: true, value: { status: 400, headers: {}, body: '{}' } })],
      [503, async () => ({ ok: false, error: 'platform-unavailable' })],
      [503, async () => ({ ok: false, error: 'store-unavailable' })],
      [500, () => Promise.reject(new Error('a bug'))],
    ];
    for (const [status, createSetupIntent] of ends) {
      const { post, cards } = await openIntake(t, { createSetupIntent });
      const reply = await post({ reference: 'x' });
      assert.equal(reply.status, status);
      assert.equal(reply.headers.get('retry-after'), status === 503 ? '5' : null);
      assert.deepEqual(cards, { taken: 1, discarded: 1 });
    }
  });

  it('takes no card in for a caller whom the platform does not know, or cannot be asked about', async (t) => {
    for (const [status, error] of [
      [401, 'key-invalid'],
      [403, 'key-wrong-environment'],
      [503, 'platform-unavailable'],
      [503, 'store-unavailable'],
    ] as const) {
      const { post, cards } = await openIntake(t, { authenticate: async () => ({ ok: false, error }) });
      assert.equal((await post({ reference: 'x' })).status, status);
      assert.deepEqual(cards, { taken: 0, discarded: 0 });
    }
  });
});
