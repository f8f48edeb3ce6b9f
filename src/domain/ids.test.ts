import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { environmentId, isEnvironmentId, timeOrderedToken } from './ids.ts';

const random = fc.uint8Array({ minLength: 10, maxLength: 10 });
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('a token has 22 base64url characters and the version and variant bits of a UUIDv7', () => {
  fc.assert(
    fc.property(time, random, (timeMs, bytes) => {
      const token = timeOrderedToken(timeMs, bytes);
      assert.match(token, /^[A-Za-z0-9_-]{22}$/);
      const decoded = Buffer.from(token, 'base64url');
      assert.equal(decoded.readUIntBE(0, 6), timeMs);
      assert.equal(decoded.readUInt8(6) >> 4, 7);
      assert.equal(decoded.readUInt8(8) >> 6, 2);
    }),
  );
});

test('tokens made in the same second share their first characters, so they lie together in an index', () => {
  const [a, b] = [0, 900].map((ms) => timeOrderedToken(1_760_000_000_000 + ms, new Uint8Array(10)));
  assert.equal(a?.slice(0, 6), b?.slice(0, 6));
});

test('an id is recognised by its own prefix and environment, and by nothing else', () => {
  const id = environmentId('si', 'sandbox', timeOrderedToken(1, new Uint8Array(10)));
  assert.ok(isEnvironmentId('si', id));
  for (const wrong of [
    id.replace('si_', 'pi_'),
    id.slice(0, -1),
    `${id}A`,
    id.replace('sandbox', 'test'),
    `${id}\n`,
    '',
  ]) {
    assert.equal(isEnvironmentId('si', wrong), false, JSON.stringify(wrong));
  }
});
