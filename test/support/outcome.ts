/** What a command that failed must look like to the one who typed it. */
import assert from 'node:assert/strict';
import type { Outcome } from './coracle.ts';

/** It failed with this code, one clear line that fits, and at most one more that says what to do next. */
export function assertFailure(outcome: Outcome, code: number, line: RegExp, next?: RegExp): void {
  const lines = outcome.stderr.trimEnd().split('\n');
  assert.equal(outcome.code, code, outcome.stderr);
  assert.match(lines[0] ?? '', /^(coracle|error): /);
  assert.match(lines[0] ?? '', line);
  assert.ok(lines.length <= 2, outcome.stderr);
  assert.doesNotMatch(outcome.stderr, /^\s+at /m, 'no stack trace');
  if (next !== undefined) assert.match(lines[1] ?? '', next);
}

/** It worked and complained of nothing. */
export function assertSuccess(outcome: Outcome): void {
  assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
  assert.equal(outcome.stderr, '');
}
