import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireAnswer } from './connection.ts';
import { holdsMarkedCard, judge } from './judge.ts';

const good = {
  type: 'urn:strongroom:problem:id-malformed',
  title: 'The id has the wrong shape.',
  status: 400,
  detail: 'Send the id.',
  traceId: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
};
const answer = (body: unknown, status = 400, type = 'application/problem+json; charset=utf-8'): WireAnswer => ({
  status,
  headers: new Map([['content-type', type]]),
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

test('finds nothing wrong with answers as they should be', () => {
  assert.equal(judge(answer(good), false), undefined);
  assert.equal(judge(answer({ id: 'si_sandbox_x' }, 200, 'application/json'), false), undefined);
  assert.equal(judge(answer('', 204), false), undefined);
  assert.equal(judge(answer('', 404, ''), true), undefined);
  const outage = { ...good, status: 503, type: 'urn:strongroom:problem:acquirer-unavailable' };
  assert.equal(judge(answer(outage, 503), false), undefined);
});

test('sees every way in which an answer can break its promises', () => {
  const broken: readonly (readonly [WireAnswer, RegExp])[] = [
    [answer({ ...good, status: 500 }, 500), /fault of the server: 500/],
    [answer({ ...good, status: 503, type: 'urn:strongroom:problem:internal-error' }, 503), /fault of the server/],
    [answer(good, 400, 'text/html'), /error of type text\/html/],
    [answer('Bad Request'), /no JSON object/],
    [answer({ ...good, status: 404 }), /says 404/],
    [answer({ ...good, type: 'about:blank' }), /without a type/],
    [answer({ ...good, detail: undefined }), /without words/],
    [answer({ ...good, traceId: 'x' }), /without a trace id/],
    [answer('<html>', 200), /no JSON/],
    [answer({ ...good, detail: 'Your card 4111 1111 1111 1111' }), /card number/],
    [{ ...answer(good), headers: new Map([['x-echo', '5200000000001005']]) }, /card number/],
    [answer(good, Number.NaN), /no HTTP status/],
  ];
  for (const [wrong, fault] of broken) assert.match(judge(wrong, false) ?? 'nothing', fault);
});

test('finds a marked card however its digits are set apart, and no other number', () => {
  for (const text of [
    '5200000000001005',
    '5200-0000-0000-1005',
    '5200\u00a00000 0000 1005',
    '\uff15\uff12\uff10\uff10000000001005',
  ])
    assert.ok(holdsMarkedCard(`a ${text} b`), text);
  for (const text of ['52000000****1005', '5200000000001006', '1000', '']) assert.ok(!holdsMarkedCard(text), text);
});
