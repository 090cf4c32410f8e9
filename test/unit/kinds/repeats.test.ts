/** Values that stand in an object as they stood in one before are found, and no others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Repeats } from '../../../hub/kinds/repeats.ts';

/** A text of JSON behind `before`, and where it begins. */
const at = (value: string, before = '{"field":'): [Buffer, number] => [
  Buffer.from(`${before}${value}}`),
  before.length,
];
const add = (repeats: Repeats<string>, value: string): void => {
  const [bytes, from] = at(value);
  repeats.add(bytes, from, from + value.length, value);
};
const padding = 'x'.repeat(40);
const list = (name: string): string => `["${name}","${padding}"]`;

test('a value is found wherever it stands', () => {
  const repeats = new Repeats<string>();
  add(repeats, list('a'));
  assert.equal(repeats.find(...at(list('a')))?.made, list('a'));
  assert.equal(repeats.find(...at(list('a'), '{"b":1,"field":'))?.length, list('a').length);
  assert.equal(repeats.find(...at(list('b'))), undefined);
  assert.equal(repeats.find(Buffer.from(list('a').slice(0, -1)), 0), undefined);
});

test('values that come in turns are all found', () => {
  const repeats = new Repeats<string>();
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) add(repeats, list(name));
  for (let round = 0; round < 3; round++)
    for (const name of names) assert.equal(repeats.find(...at(list(name)))?.made, list(name));
});

test('a new value takes the place of an old one', () => {
  const repeats = new Repeats<string>();
  for (const name of ['a', 'b', 'c', 'd', 'e']) add(repeats, list(name));
  assert.equal(repeats.find(...at(list('a'))), undefined);
  assert.equal(repeats.find(...at(list('e')))?.made, list('e'));
});

test('what does not end by itself is not remembered', () => {
  const repeats = new Repeats<string>();
  const number = '1'.repeat(40);
  for (const value of [number, `"${padding}"`, '{}', '[1,2]']) add(repeats, value);
  assert.equal(repeats.find(...at(`${number}2`)), undefined);
  assert.equal(repeats.find(...at(`"${padding}"`)), undefined);
  assert.equal(repeats.find(...at('{}')), undefined);
});

test('a field that is always new is looked at now and then, and found again once it is not', () => {
  const repeats = new Repeats<string>();
  let found = 0;
  const meet = (name: string): void => {
    if (repeats.find(...at(list(name))) === undefined) add(repeats, list(name));
    else found++;
  };
  for (let index = 0; index < 100; index++) meet(String(index));
  assert.equal(found, 0);
  for (let index = 0; index < 100; index++) meet('same');
  assert.ok(found > 80, `${found} of 100`);
});
