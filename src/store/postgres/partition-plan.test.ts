import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingPeriods, partitionedTables, periodOf, spanOf } from './partition-plan.ts';

const at = (text: string): number => Date.parse(text);
const [events, log] = partitionedTables;
assert.ok(events !== undefined && log !== undefined);
const starts = (spans: readonly { readonly from: number }[]): string[] =>
  spans.map(({ from }) => new Date(from).toISOString().slice(0, 10));

describe('the plan of partitions', () => {
  it('cuts months and days where they begin in UTC, across the end of a year and a leap day', () => {
    assert.deepEqual(periodOf('month', at('2027-12-31T23:59:59.999Z')), {
      from: at('2027-12-01T00:00:00Z'),
      to: at('2028-01-01T00:00:00Z'),
    });
    assert.deepEqual(periodOf('month', at('2027-11-30T12:00:00Z'), 3), {
      from: at('2028-02-01T00:00:00Z'),
      to: at('2028-03-01T00:00:00Z'),
    });
    assert.deepEqual(periodOf('day', at('2028-02-29T00:00:00Z')), {
      from: at('2028-02-29T00:00:00Z'),
      to: at('2028-03-01T00:00:00Z'),
    });
  });

  it('leaves no moment between two periods', () => {
    for (const period of ['month', 'day'] as const)
      for (let later = 0; later < 40; later += 1)
        assert.equal(
          periodOf(period, at('2026-11-22T10:00:00Z'), later).to,
          periodOf(period, at('2026-11-22T10:00:00Z'), later + 1).from,
        );
  });

  it('wants the present period and those ahead, and none that there is', () => {
    const now = at('2026-11-22T10:00:00Z');
    assert.deepEqual(starts(missingPeriods(events, [], [], now)), ['2026-11-01', '2026-12-01', '2027-01-01']);
    const known = [{ from: Number.NEGATIVE_INFINITY, to: at('2026-12-01T00:00:00Z') }];
    assert.deepEqual(starts(missingPeriods(events, known, [], now)), ['2026-12-01', '2027-01-01']);
    assert.equal(missingPeriods(log, [], [], now).length, 4);
  });

  it('wants the periods of rows that found none, a bounded number at a time', () => {
    const now = at('2026-11-22T10:00:00Z');
    const strays = [at('2030-03-05T00:00:00Z'), at('2030-03-06T00:00:00Z')];
    assert.equal(starts(missingPeriods(events, [], strays, now)).at(-1), '2030-03-01');
    assert.equal(missingPeriods(events, [], strays, now).length, 4);
    const many = Array.from({ length: 1000 }, (_, n) => now + n * 40 * 86_400_000);
    assert.ok(missingPeriods(events, [], many, now).length <= 16);
  });

  it('reads the bounds as PostgreSQL writes them', () => {
    assert.deepEqual(spanOf("FOR VALUES FROM ('5') TO ('9')"), { from: 5, to: 9 });
    assert.deepEqual(spanOf("FOR VALUES FROM (MINVALUE) TO ('9')"), { from: Number.NEGATIVE_INFINITY, to: 9 });
    assert.equal(spanOf('DEFAULT'), undefined);
  });
});
