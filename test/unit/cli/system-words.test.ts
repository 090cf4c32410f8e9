/** What the system refuses is told in words, not in the names of its errors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inWords } from '../../../agent/cli/system-words.ts';

function refusal(path: string): unknown {
  try {
    readFileSync(path);
  } catch (error) {
    return error;
  }
  throw new Error('it can be read');
}

test('errors of the system', () => {
  assert.equal(inWords(refusal('/dev/null/no/such')), 'what stands before the last name is no directory');
  assert.equal(inWords(refusal('/proc/no-such-file')), 'there is no such file or directory');
  assert.equal(inWords(refusal('/proc')), 'it is a directory');
});

test('any other error has its own', () => {
  assert.equal(inWords(new Error('it is damaged')), 'it is damaged');
  assert.equal(inWords('as text'), 'as text');
});
