/** RE2 expressions: what they match, what Go refuses, and that no text makes them slow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codesOf, Regexp, RegexpFault } from '../../../hub/cel/regexp/regexp.ts';

const cases: readonly (readonly [string, string, boolean])[] = [
  ['^[a-z]+$', 'abc', true],
  ['^[a-z]+$', 'aBc', false],
  ['^(\\d{3}|x)*$', '123x456', true],
  ['(?i)ABC', 'xabcx', true],
  ['^\\p{L}+$', 'äß', true],
  ['a{2,3}$', 'caaa', true],
  ['^(?:a|b)?c$', 'bc', true],
  ['^[^\\s]+$', 'a b', false],
  ['[[:alpha:]]', '1', false],
  ['^a.c$', 'a\nc', false],
  ['(?s)^a.c$', 'a\nc', true],
  ['\\bfoo\\b', 'a foo b', true],
  ['^\\Qa.b\\E$', 'axb', false],
  ['^(?P<name>x)y$', 'xy', true],
  ['^[\\w.-]+@[a-z]+$', 'a.b-c@example', true],
];

const refusals: readonly (readonly [string, string])[] = [
  ['(', 'error parsing regexp: missing closing ): `(`'],
  ['a)', 'error parsing regexp: unexpected ): `a)`'],
  ['[a', 'error parsing regexp: missing closing ]: `[a`'],
  ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
  ['*', 'error parsing regexp: missing argument to repetition operator: `*`'],
  ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
  ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
  ['\\y', 'error parsing regexp: invalid escape sequence: `\\y`'],
  ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
  ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
];

describe('regular expressions', () => {
  for (const [pattern, text, expected] of cases) {
    it(`${pattern} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
      assert.equal(new Regexp(pattern).test(text), expected);
    });
  }

  for (const [pattern, why] of refusals) {
    it(`refuses ${pattern} in the words of Go`, () => {
      assert.throws(
        () => new Regexp(pattern),
        (error: Error) => error instanceof RegexpFault && error.message === why,
      );
    });
  }

  it('takes time linear in the text, whatever the pattern', () => {
    const began = performance.now();
    assert.equal(new Regexp('(a+)+$').test(`${'a'.repeat(50_000)}b`), false);
    assert.equal(new Regexp('^(a|a)*$').test(`${'a'.repeat(50_000)}b`), false);
    assert.ok(performance.now() - began < 5000);
  });

  it('refuses repetitions that multiply without end', () => {
    assert.throws(() => new Regexp('((a{1000}){1000}){1000}'), RegexpFault);
  });

  it('finds the leftmost match, greedy or not', () => {
    assert.deepEqual(new Regexp('a+').find(codesOf('xxaaay')), { start: 2, end: 5 });
    assert.deepEqual(new Regexp('a+?').find(codesOf('xxaaay')), { start: 2, end: 3 });
    assert.equal(new Regexp('z').find(codesOf('xx')), undefined);
  });
});
