import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openSystemRandomness } from '../platform/system-randomness.ts';
import { keptTraceId, traceIdFor } from './trace.ts';

const random = openSystemRandomness();
const never = (): boolean => false;
const incoming = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const shape = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

test('keeps the trace of the caller, its flags too, with a span of its own', () => {
  const traceId = traceIdFor(incoming, random, never);
  assert.match(traceId, shape);
  assert.match(traceId, /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331).*-01$/);
});

test('reads a later version of the header, which may be longer', () => {
  assert.match(traceIdFor(`01${incoming.slice(2)}-more`, random, never), /^00-0af7651916cd43dd8448eb211c80319c-/);
});

test('begins a new trace where the header is missing or damaged', () => {
  const zeros = '0'.repeat(32);
  const damaged = [
    undefined,
    '',
    'x',
    incoming.toUpperCase(),
    `${incoming}-more`,
    `ff${incoming.slice(2)}`,
    `00-${zeros}-b7ad6b7169203331-01`,
    incoming.replace('b7ad6b7169203331', '0'.repeat(16)),
  ];
  for (const header of damaged) {
    const traceId = traceIdFor(header, random, never);
    assert.match(traceId, shape);
    assert.ok(!traceId.includes('0af7651916cd43dd8448eb211c80319c'), header);
  }
});

test('never repeats a trace id that could be a card number, because it would be logged', () => {
  const header = '00-40000000000000020000000000000000-b7ad6b7169203331-01';
  assert.ok(!traceIdFor(header, random, (text) => text.includes('4000000000000002')).includes('4000000000000002'));
});

test('draws again when a new trace, or a span beside a kept one, looks like a card number', () => {
  const draws = ['40', '41', '42'].map((byte) => new Uint8Array(Buffer.from(byte.repeat(24), 'hex')));
  const looksLikeOne = (text: string): boolean => /40404040|41414141/.test(text);
  for (const header of [undefined, incoming]) {
    const left = [...draws];
    const scripted = { bytes: () => left.shift() ?? assert.fail('drew too often') };
    assert.match(traceIdFor(header, scripted, looksLikeOne), /-4242424242424242-0[01]$/);
  }
  assert.throws(() => traceIdFor(undefined, random, () => true), /could be drawn/);
});

test('two calls never share a trace', () => {
  assert.notEqual(traceIdFor(undefined, random, never), traceIdFor(undefined, random, never));
});

test('gives every call a trace id that can be logged and found, whatever it was sent', () => {
  const hex = (length: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
  const parts = fc.tuple(hex(2), hex(32), hex(16), hex(2), fc.constantFrom('', '-', '-more', '\r\nx: 1'));
  const headers = fc.oneof(
    fc.string({ unit: 'binary' }),
    parts.map(([version, trace, span, flags, rest]) => `${version}-${trace}-${span}-${flags}${rest}`),
  );
  fc.assert(
    fc.property(headers, (header) => {
      const traceId = traceIdFor(header, random, never);
      assert.match(traceId, shape);
      const kept = traceId.slice(3, 35);
      assert.ok(!header.includes(kept) || /^[0-9a-f]{2}-[0-9a-f]{32}-/.test(header));
    }),
  );
});

test('does not follow a trace that holds a card number inside a longer number', () => {
  const isCard = (text: string): boolean => text === '5200000000001005';
  for (const hiding of ['9952000000000010059999999999999a', '52000000000010055200000000001005']) {
    const given = `00-${hiding}-b7ad6b7169203331-01`;
    assert.match(traceIdFor(given, random, isCard), shape);
    for (const follow of [traceIdFor, keptTraceId]) assert.ok(!follow(given, random, isCard).includes(hiding));
  }
});

test('keeps the whole of it between parts of one server', () => {
  assert.equal(keptTraceId(incoming, random, never), incoming);
  assert.match(keptTraceId(undefined, random, never), shape);
  assert.match(keptTraceId(`${incoming}\n`, random, never), shape);
});
