import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import type { CardProcessor } from '../../../src/ports/card-processor.ts';
import type { Acquirer } from '../../../vault/index.ts';

/** One vault with an acquirer that the test scripts, and a processor that may stand somewhere else. */
export type ProcessorUnderTest = {
  readonly processor: CardProcessor;
  /** Takes a good card in; gives its reference. */
  capture(accountId: string): string;
  /** Replaces the acquirer's answers. */
  readonly acquirer: Partial<Acquirer>;
  /** What the acquirer was asked, by method, oldest first. */
  readonly asked: string[];
  /** References of cards that are on disk. */
  keptReferences(): readonly string[];
  /** Makes each write to the vault's database fail. */
  breakDatabase(): void;
  /** Ends every time-out that is under way in the vault. */
  ring(): void;
};

const now = Date.UTC(2026, 5, 1);
const amount = { amountMinor: 1000, currency: 'GBP' } as const;
const transaction = { transactionId: 't', at: now, responseCode: '00', authCode: '123456', avsResult: null };
const attempt = { accountId: 'acc_one', now, attemptId: 'att_1', paymentIntentId: 'pi_1', amount };

/** What every card processor does, wherever it stands. */
export const describeCardProcessor = (name: string, open: (t: TestContext) => Promise<ProcessorUnderTest>): void => {
  const verify = ({ processor }: ProcessorUnderTest, capturedCardReference: string, accountId = 'acc_one') =>
    processor.verify({
      accountId,
      now,
      attemptId: 'att_v',
      setupIntentId: 'si_1',
      merchantReference: 'order',
      capturedCardReference,
    });
  const kept = async (under: ProcessorUnderTest): Promise<string> => {
    const outcome = await verify(under, under.capture('acc_one'));
    assert.ok(outcome.outcome === 'approved', JSON.stringify(outcome));
    return outcome.cardReference;
  };
  const charge = ({ processor }: ProcessorUnderTest, cardReference: string, accountId = 'acc_one') =>
    processor.charge({ ...attempt, accountId, cardReference, merchantReference: 'order' });

  describe(`a card processor: ${name}`, () => {
    it('keeps an approved card before it answers, and charges it by its reference', async (t) => {
      const under = await open(t);
      const reference = await kept(under);
      assert.deepEqual(under.keptReferences(), [reference]);
      assert.deepEqual(await charge(under, reference), { outcome: 'approved', transaction });
      assert.deepEqual(under.asked, ['verify', 'charge']);
    });

    it('verifies a captured card once, for its own account only', async (t) => {
      const under = await open(t);
      const captured = under.capture('acc_one');
      const missing = { outcome: 'not-sent', reason: 'card-missing' };
      assert.deepEqual(await verify(under, captured, 'acc_two'), missing);
      assert.equal((await verify(under, captured)).outcome, 'approved');
      assert.deepEqual(await verify(under, captured), missing);
      assert.deepEqual(under.asked, ['verify']);
    });

    for (const outcome of ['declined', 'challenged'] as const)
      it(`keeps no card that was ${outcome}`, async (t) => {
        const under = await open(t);
        under.acquirer.verify = () => Promise.resolve({ outcome, transaction });
        assert.deepEqual(await verify(under, under.capture('acc_one')), { outcome, transaction });
        assert.deepEqual(under.keptReferences(), []);
      });

    it('fails for want of a database, and does not say that a card is kept', async (t) => {
      const under = await open(t);
      const captured = under.capture('acc_one');
      under.breakDatabase();
      await assert.rejects(verify(under, captured), StoreUnavailable);
    });

    it('sends nothing for a card that is missing, or another account’s', async (t) => {
      const under = await open(t);
      const reference = await kept(under);
      const missing = { outcome: 'not-sent', reason: 'card-missing' };
      assert.deepEqual(await charge(under, 'card_unknown'), missing);
      assert.deepEqual(await charge(under, reference, 'acc_two'), missing);
      assert.deepEqual(under.asked, ['verify']);
    });

    it('says of a charge that was not answered in time that its outcome is unknown, and asks once', async (t) => {
      const under = await open(t);
      const reference = await kept(under);
      under.acquirer.charge = () => {
        setImmediate(() => under.ring());
        return new Promise(() => undefined);
      };
      assert.deepEqual(await charge(under, reference), { outcome: 'unknown', reason: 'timeout' });
      assert.deepEqual(under.asked, ['verify', 'charge']);
    });

    for (const reason of ['disconnected', 'garbled'] as const)
      it(`passes on that the acquirer’s answer was ${reason}`, async (t) => {
        const under = await open(t);
        const reference = await kept(under);
        under.acquirer.charge = () => Promise.resolve({ outcome: 'unknown', reason });
        assert.deepEqual(await charge(under, reference), { outcome: 'unknown', reason });
      });

    it('passes on declines, refunds, reversals and inquiries as the acquirer words them', async (t) => {
      const under = await open(t);
      const reference = await kept(under);
      const declined = {
        outcome: 'declined',
        transaction: { ...transaction, responseCode: '51', authCode: null },
      } as const;
      under.acquirer.charge = () => Promise.resolve(declined);
      under.acquirer.refund = () => Promise.resolve(declined);
      assert.deepEqual(await charge(under, reference), declined);
      assert.deepEqual(await under.processor.refund({ ...attempt, refundId: 'rfnd_1' }), declined);
      const reversed = { outcome: 'reversed', hadApproved: false, transaction } as const;
      under.acquirer.reverse = () => Promise.resolve(reversed);
      assert.deepEqual(await under.processor.reverse(attempt), reversed);
      for (const known of [
        { outcome: 'never-received' },
        { outcome: 'already-reversed', transaction },
        { outcome: 'approved', transaction },
        { outcome: 'not-sent', reason: 'acquirer-unreachable' },
      ] as const) {
        under.acquirer.inquire = () => Promise.resolve(known);
        assert.deepEqual(await under.processor.inquire(attempt), known);
      }
    });

    it('lists kept cards a page at a time, and forgets them, unknown ones too', async (t) => {
      const under = await open(t);
      const references = [await kept(under), await kept(under), await kept(under)].toSorted();
      const page = (after: string) => under.processor.keptCards({ after, keptBefore: now + 1, limit: 2 });
      const cards = references.map((reference) => ({ reference, accountId: 'acc_one', setupIntentId: 'si_1' }));
      assert.deepEqual(await page(''), cards.slice(0, 2));
      assert.deepEqual(await page(references[1] ?? ''), cards.slice(2));
      await under.processor.forget([references[0] ?? '', 'card_unknown']);
      await under.processor.forget([]);
      assert.deepEqual(under.keptReferences(), references.slice(1));
      assert.deepEqual(await under.processor.keptCards({ after: '', keptBefore: now, limit: 2 }), []);
    });
  });
};
