/** Halves of characters in JSON. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wellFormedJson } from '../../../hub/api/well-formed.ts';

test('halves of characters are replaced, whole ones and other escapes stay', () => {
  const read = (text: string): unknown => JSON.parse(wellFormedJson(`"${text}"`));
  assert.equal(read('\\ud800'), '\ufffd');
  assert.equal(read('\\uDC00x'), '\ufffdx');
  assert.equal(read('\\ud800\\ud800'), '\ufffd\ufffd');
  assert.equal(read('\\ud83d\\ude00'), '\u{1f600}');
  assert.equal(read('\\\\ud800'), '\\ud800');
  assert.equal(read('\\n\\u0041\\"'), '\nA"');
});
