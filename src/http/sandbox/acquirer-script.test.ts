import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scriptedActions } from '../../domain/acquirer-script.ts';
import { readAcquirerScript } from './acquirer-script.ts';

const fieldsOf = (body: unknown): string[] => {
  const read = readAcquirerScript(body);
  return read.ok ? [] : Object.keys(read.error);
};

test('what is absent stays absent, names match in any case, digits may be a string', () => {
  const body = {
    Rules: [{ When: { Amount: '1000' }, THEN: { action: 'timeout-after' } }, { then: { action: 'approve' } }],
  };
  const rules = [
    { when: { amount: 1000 }, then: { action: 'timeout-after' } },
    { when: {}, then: { action: 'approve' } },
  ];
  assert.deepEqual(readAcquirerScript(body), { ok: true, value: { seed: 0, rules } });
});

test('takes every action that is documented', () => {
  for (const action of scriptedActions)
    assert.deepEqual(fieldsOf({ rules: [{ then: { action, ms: 5 } }] }), [], action);
});

test('refuses fields that it does not know wherever they stand, since a rule without its condition matches everything', () => {
  const then = { action: 'approve' };
  assert.deepEqual(fieldsOf({ rules: [], seeds: 1 }), ['Seeds']);
  assert.deepEqual(fieldsOf({ rules: [{ then }, { then, whne: {} }] }), ['Rules[1].Whne']);
  assert.deepEqual(fieldsOf({ rules: [{ then: { ...then, delay: 1 } }] }), ['Rules[0].Then.Delay']);
  assert.deepEqual(fieldsOf({ rules: [{ then, when: { card: '1' } }] }), ['Rules[0].When.Card']);
});

test('takes a hundred rules and no more', () => {
  const rules = Array.from({ length: 101 }, () => ({ then: { action: 'approve' } }));
  assert.deepEqual(fieldsOf({ rules: rules.slice(1) }), []);
  assert.deepEqual(fieldsOf({ rules }), ['Rules']);
  assert.deepEqual(fieldsOf({}), ['Rules']);
});

test('reads or refuses any JSON with the names of fields, and what it gave back it reads again', () => {
  const part = fc.jsonValue({ maxDepth: 3 });
  const rule = fc.record(
    { when: part, then: fc.record({ action: fc.constantFrom(...scriptedActions), ms: part }), times: part },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(part, fc.record({ seed: part, rules: fc.oneof(part, fc.array(rule)) })), (body) => {
      const read = readAcquirerScript(body);
      if (read.ok) assert.deepEqual(readAcquirerScript(read.value), read);
      else assert.ok(Object.keys(read.error).length > 0);
    }),
    { numRuns: 300 },
  );
});
