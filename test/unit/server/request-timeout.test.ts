/** How long a request may take, as clients say it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestTimeout } from '../../../hub/server/request-timeout.ts';

test('a time is a Go duration of at most a minute', () => {
  const expected: [string | null, number][] = [
    [null, 60_000],
    ['', 60_000],
    ['0', 60_000],
    ['0s', 60_000],
    ['5s', 5000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['250ms', 250],
    ['0m10s', 10_000],
    ['2h', 60_000],
    ['-5s', 60_000],
  ];
  for (const [text, milliseconds] of expected) assert.equal(requestTimeout(text), milliseconds, String(text));
});

test('what is none is refused in the words of Go', () => {
  const prefix = 'invalid timeout specified in the request URL - time: ';
  const expected: [string, string][] = [
    ['5', 'missing unit in duration "5"'],
    ['5x', 'unknown unit "x" in duration "5x"'],
    ['abc', 'invalid duration "abc"'],
    ['-', 'invalid duration "-"'],
    ['1s-2s', 'invalid duration "1s-2s"'],
  ];
  for (const [text, message] of expected) {
    assert.throws(() => requestTimeout(text), { reason: 'BadRequest', message: prefix + message }, text);
  }
});
