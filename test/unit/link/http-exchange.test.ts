/** The agent's small HTTP client reads what servers may answer, and nothing less. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAnswer } from '../../../agent/link/http-exchange.ts';

const read = (text: string) => {
  const { code, body } = parseAnswer(Buffer.from(text));
  return { code, body: body.toString() };
};

test('a body with a length, in chunks, or up to the end is read', () => {
  assert.deepEqual(read('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'), { code: 200, body: '{}' });
  const chunked =
    'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n';
  assert.deepEqual(read(chunked), { code: 403, body: 'abc0123456789' });
  assert.deepEqual(read('HTTP/1.0 200 OK\r\n\r\nrest'), { code: 200, body: 'rest' });
});

test('an answer that broke off, or is none, is refused', () => {
  assert.throws(() => read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}'), /before it had answered/);
  assert.throws(() => read('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'), /before it had answered/);
  assert.throws(() => read('SSH-2.0-OpenSSH\r\n\r\n'), /not an HTTP answer/);
  assert.throws(() => read(''), /not an HTTP answer/);
});
