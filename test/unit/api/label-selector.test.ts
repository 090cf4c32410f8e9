/** Label and field selectors, judged by what a Kubernetes API server answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFieldSelector } from '../../../hub/api/field-selector.ts';
import { matcherOfSelector, parseLabelSelector } from '../../../hub/api/label-selector.ts';

const objects = {
  a: { t: 'l', x: '1', e: '' },
  b: { t: 'l', x: '2' },
  c: { t: 'l', y: '3' },
  d: { t: 'l', x: '1', y: '3' },
};
const matching = (text: string): string => {
  const matcher = parseLabelSelector(text);
  return Object.entries(objects)
    .filter(([, labels]) => matcher.matches(labels))
    .map(([name]) => name)
    .join('');
};

test('label selectors match as Kubernetes matches', () => {
  const expected: [string, string][] = [
    ['', 'abcd'],
    ['x=1', 'ad'],
    ['x==1', 'ad'],
    ['x!=1,t', 'bc'],
    ['x in (1,2)', 'abd'],
    ['x notin (1),t', 'bc'],
    ['x', 'abd'],
    ['!x,t', 'c'],
    ['x=1,y=3', 'd'],
    ['x>1', 'b'],
    ['x<2', 'ad'],
    ['e=', 'a'],
    ['x in ()', ''],
    ['x in (,1)', 'ad'],
  ];
  for (const [text, names] of expected) assert.equal(matching(text), names, text);
});

test('broken label selectors are refused with the texts clients know', () => {
  const expected: [string, RegExp][] = [
    ['x in (1', /^unable to parse requirement: found '', expected: ',' or '\)'$/],
    ['x=1,', /^found '', expected: identifier after ','$/],
    [',', /^found ',', expected: !, identifier, or 'end of string'$/],
    ['a b', /^unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt$/],
    ['x=1=2', /^found '=', expected: ',' or 'end of string'$/],
    ['!', /^unable to parse requirement: found '', expected: identifier$/],
    ['!!', /^unable to parse requirement: found '!', expected: identifier$/],
    ['-x=1', /^unable to parse requirement: <nil>: Invalid value: "-x": name part must consist/],
    ['a/b/c=1', /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a qualified name must consist/],
    [
      `x=${'v'.repeat(64)}`,
      /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "v+": must be no more than 63/,
    ],
  ];
  for (const [text, message] of expected) assert.throws(() => parseLabelSelector(text), { message }, text);
});

test('a LabelSelector object that is absent matches nothing and an empty one everything', () => {
  assert.equal(matcherOfSelector(undefined).matches({}), false);
  assert.equal(matcherOfSelector({}).matches({ a: 'b' }), true);
  const matcher = matcherOfSelector({
    matchLabels: { a: 'b' },
    matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['d'] }],
  });
  assert.equal(matcher.matches({ a: 'b' }), true);
  assert.equal(matcher.matches({ a: 'b', c: 'd' }), false);
});

test('field selectors know =, == and !=, and nothing else', () => {
  assert.deepEqual(parseFieldSelector('metadata.name==a,status.phase!=Running,spec.nodeName='), [
    { field: 'metadata.name', value: 'a', equal: true },
    { field: 'status.phase', value: 'Running', equal: false },
    { field: 'spec.nodeName', value: '', equal: true },
  ]);
  assert.throws(() => parseFieldSelector('metadata.name>a'), {
    message: "invalid selector: 'metadata.name>a'; can't understand 'metadata.name>a'",
  });
});
