/** Selectors: what matches, what is refused and how, in Kubernetes' words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everything, labelSelectorMatcher, parseFieldSelector, parseLabelSelector } from '../../../hub/api/selector.ts';

const labels = { x: '1', t: 'l', n: '7' };

const name =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe('a label selector', () => {
  const holding: [text: string, expected: boolean][] = [
    ['', true],
    ['x=1', true],
    ['x==1', true],
    ['x!=1,t', false],
    ['y!=1', true],
    ['x in (1,2)', true],
    ['x in (2)', false],
    ['x notin (1),t', false],
    ['y notin (1)', true],
    ['x', true],
    ['!x,t', false],
    ['!y', true],
    ['n>6', true],
    ['n<7', false],
    ['t>1', false],
    ['e=', false],
    ['x in ()', false],
    ['x in (,1)', true],
    [' x = 1 , t in ( l ) ', true],
    ['in=in', false],
    ['constructor', false],
  ];
  for (const [text, expected] of holding) {
    it(`${JSON.stringify(text)} ${expected ? 'matches' : 'does not match'}`, () => {
      assert.equal(parseLabelSelector(text).matches(labels), expected);
    });
  }

  const refused: [text: string, message: string][] = [
    ['x in (1', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['x=1,', "found '', expected: identifier after ','"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['x=1=2', "found '=', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['-x=1', `unable to parse requirement: <nil>: Invalid value: "-x": name part ${name}`],
    [
      'a/b/c=1',
      `unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name ${name} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
    [
      `x=${'v'.repeat(64)}`,
      `unable to parse requirement: values[0][x]: Invalid value: "${'v'.repeat(64)}": must be no more than 63 bytes`,
    ],
  ];
  for (const [text, message] of refused) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseLabelSelector(text), { reason: 'BadRequest', code: 400, message });
    });
  }

  it('has a canonical text sorted by key', () => {
    assert.equal(parseLabelSelector('z,b in (d,c),!a').text, '!a,b in (c,d),z');
  });

  it('as an object matches nothing when unset and everything when empty', () => {
    assert.equal(labelSelectorMatcher(undefined).matches({}), false);
    assert.equal(labelSelectorMatcher({}), everything);
    const matcher = labelSelectorMatcher({
      matchLabels: { x: '1' },
      matchExpressions: [
        { key: 't', operator: 'In', values: ['k', 'l'] },
        { key: 'y', operator: 'DoesNotExist' },
      ],
    });
    assert.equal(matcher.matches(labels), true);
    assert.equal(matcher.matches({ ...labels, y: '' }), false);
  });
});

describe('a field selector', () => {
  it('splits terms and unescapes values', () => {
    assert.deepEqual(parseFieldSelector('metadata.name=a\\,b,spec.x!=c\\=,y=='), [
      { field: 'metadata.name', value: 'a,b', equal: true },
      { field: 'spec.x', value: 'c=', equal: false },
      { field: 'y', value: '', equal: true },
    ]);
  });

  const refused: [text: string, message: string][] = [
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['metadata.name>a', "invalid selector: 'metadata.name>a'; can't understand 'metadata.name>a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
  ];
  for (const [text, message] of refused) {
    it(`${text} is refused`, () => assert.throws(() => parseFieldSelector(text), { message }));
  }
});
