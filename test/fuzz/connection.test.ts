import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersIn, readAnswer } from './connection.ts';

test('reads an answer only when it is whole, past interim ones, and leaves what follows', () => {
  const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 404';
  const read = readAnswer(text, false, false);
  assert.deepEqual([read?.answer.status, read?.answer.body], [200, '{}']);
  assert.equal(text.slice(read?.length), 'HTTP/1.1 404');
  for (let length = 0; length < text.indexOf('}'); length += 1)
    assert.equal(readAnswer(text.slice(0, length), false, false), undefined, String(length));
});

test('reads chunked bodies, bodies that end with the connection, and answers without any', () => {
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{"\r\n3\r\na":\r\n0\r\n\r\n';
  assert.equal(readAnswer(chunked, false, false)?.answer.body, '{"a":');
  const open = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\nwords';
  assert.equal(readAnswer(open, false, false), undefined);
  assert.equal(readAnswer(open, false, true)?.answer.body, 'words');
  assert.equal(readAnswer('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', true, false)?.answer.status, 200);
  const two = 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 400 Bad Request\r\n\r\n';
  assert.deepEqual(
    answersIn(two).map(({ status }) => status),
    [204, 400],
  );
});
