import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskNumber } from './mask.ts';

test('shows first 8 and last 4 of 16 digits or more, else first 6 and last 4', () => {
  assert.equal(maskNumber('4456530000001096'), '44565300****1096');
  assert.equal(maskNumber('6759000000000000018'), '67590000****0018');
  assert.equal(maskNumber('370000000000002'), '370000****0002');
  assert.equal(maskNumber('676770000003'), '676770****0003');
});
