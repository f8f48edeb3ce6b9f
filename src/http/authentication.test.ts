import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretKeyIn } from './authentication.ts';

const key = 'sk_sandbox_c8oLGaI__msxsXbpBDpdtw-JEz';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const codeOf = (header: string | undefined): string => {
  const result = secretKeyIn(header);
  return result.ok ? 'ok' : result.error.code;
};

test('takes the raw key, whatever the case of the word before it', () => {
  for (const word of ['Basic', 'basic', 'BASIC', 'Basic  ']) {
    assert.deepEqual(secretKeyIn(`${word} ${key}`), { ok: true, value: key });
  }
});

test('takes the form of RFC 7617, with and without a password', () => {
  for (const credentials of [`${key}:`, `${key}:anything`, key]) {
    assert.deepEqual(secretKeyIn(`Basic ${base64(credentials)}`), { ok: true, value: key });
  }
});

test('says that a key is missing where none was sent', () => {
  for (const header of [undefined, '', ' ', 'Basic', 'Basic ', key, `Bearer ${key}`, `Basic ${key} x`]) {
    assert.equal(codeOf(header), 'key-missing', header);
  }
});

test('says that a key is not valid where something else was sent', () => {
  for (const credentials of ['x', base64('name:password'), `${key}!`, base64(`\u0000${key}:`), 'pk_sandbox_1']) {
    assert.equal(codeOf(`Basic ${credentials}`), 'key-invalid', credentials);
  }
});

test('does not look at a header that is far too long to be a key', () => {
  assert.equal(codeOf(`Basic sk_${'a'.repeat(2000)}`), 'key-missing');
});

test('never repeats what was sent', () => {
  const result = secretKeyIn('Bearer my-secret');
  assert.ok(!result.ok);
  assert.ok(!JSON.stringify(result.error).includes('my-secret'));
});
