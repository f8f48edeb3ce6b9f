import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hunt } from './catch-mutants.ts';
import { reportFailure } from './failure-report.ts';
import { mutantNamed, mutate } from './mutant-hook.ts';
import { mutants } from './mutants.ts';
import { runSeed } from './run-seed.ts';
import { shrink } from './shrink.ts';

const steps = 400;

describe('the product under a hostile acquirer, failing commits, crashes and jumping clocks', () => {
  it('keeps every promise through two hundred seeds', async () => {
    const tally = new Map<string, number>();
    for (let seed = 1; seed <= 200; seed++) {
      const run = await runSeed(seed, steps, tally);
      assert.equal(run.violation, undefined, run.violation === undefined ? '' : await reportFailure(seed, run));
    }
    for (const met of [
      'crashes',
      'commit fail-before',
      'commit fail-after',
      'read fails',
      'acquirer lost-after',
      'acquirer answer-late',
      'repeat',
      'call advance',
      'answer refund 200',
      'answer refund 503',
    ])
      assert.ok((tally.get(met) ?? 0) > 0, `${met} was never met`);
  });

  it('goes the same way whenever a seed is repeated', async () => {
    const [first, second] = [await runSeed(7, steps, new Map()), await runSeed(7, steps, new Map())];
    assert.deepEqual(second.steps, first.steps);
  });
});

describe('the proof that the simulation can catch', () => {
  it('is about as many bugs as docs/reliability.md promises', () => {
    const page = readFileSync(new URL('../../docs/reliability.md', import.meta.url), 'utf8');
    const promised = [/--mutate +# (\d+) known bugs/, /known bugs \(`--mutate`\) \| (\d+) of/, / of (\d+) caught/];
    for (const number of promised) assert.equal(number.exec(page)?.[1], String(mutants.length), String(number));
  });

  it('is about bugs that can still be made: every snippet is in the product', () => {
    for (const { name, edits } of mutants)
      for (const edit of edits) {
        const source = readFileSync(new URL(`../../${edit.file}`, import.meta.url), 'utf8');
        assert.notEqual(mutate(source, edit), source, name);
      }
  });

  it('fails when a snippet is gone', () => {
    assert.throws(
      () => mutate('const a = 1;', { file: 'x', find: 'const b', replace: '' }),
      /the snippet is gone: const b/,
    );
  });

  for (const name of [
    'drop-the-reversal',
    'skip-the-unique-check',
    'save-over-any-version',
    'settle-as-declined-what-was-approved',
    'skip-the-reservation-of-a-refund',
    'retry-an-unknown-refund-under-a-new-id',
  ])
    it(`catches ${name}`, async () => {
      const { outcome, said } = await hunt(mutantNamed(name), 60, steps);
      assert.equal(outcome, 'caught', said);
    });
});

describe('shrinking a failure', () => {
  it('leaves the steps that it needs, in their order', async () => {
    const list = Array.from({ length: 100 }, (_, index) => index);
    const needed = [3, 57, 58, 91];
    const fails = (shorter: readonly number[]): Promise<boolean> =>
      Promise.resolve(needed.every((step) => shorter.includes(step)));
    assert.deepEqual(await shrink(list, fails, 1_000), needed);
  });

  it('leaves out together what belongs together', async () => {
    const pairs = Array.from({ length: 40 }, (_, index) => ({ pair: Math.floor(index / 2) }));
    const isWhole = (shorter: readonly { pair: number }[]): boolean =>
      pairs.every(({ pair }) => {
        const left = shorter.filter((element) => element.pair === pair).length;
        return left === 2 || (left === 0 && pair !== 7);
      });
    const needed = await shrink(
      pairs,
      (shorter) => Promise.resolve(isWhole(shorter)),
      1_000,
      ({ pair }) => String(pair),
    );
    assert.deepEqual(needed, [{ pair: 7 }, { pair: 7 }]);
  });

  it('gives up with what it has when its runs are used up', async () => {
    let runs = 0;
    const fails = (): Promise<boolean> => {
      runs++;
      return Promise.resolve(false);
    };
    assert.equal((await shrink([1, 2, 3, 4, 5, 6, 7, 8], fails, 5)).length, 8);
    assert.equal(runs, 5);
  });
});
