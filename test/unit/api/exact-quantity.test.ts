/** Quantities as the API server prints, compares and adds them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addQuantities, compareQuantities, formatQuantity, readQuantity } from '../../../hub/api/exact-quantity.ts';

const canonical: readonly (readonly [string, string])[] = [
  ['0', '0'],
  ['0Ki', '0'],
  ['-0', '0'],
  ['100m', '100m'],
  ['1000m', '1'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1.', '1'],
  ['1.5Gi', '1536Mi'],
  ['1024Mi', '1Gi'],
  ['1023', '1023'],
  ['0.5Ki', '512'],
  ['1024Ki', '1Mi'],
  ['1000k', '1M'],
  ['1000', '1k'],
  ['1500', '1500'],
  ['1e3', '1e3'],
  ['1E3', '1e3'],
  ['1200e3', '1200e3'],
  ['12E', '9223372036854775807'],
  ['-1.5', '-1500m'],
  ['0.0000000001', '1n'],
  ['1u', '1u'],
  ['1500u', '1500u'],
  ['+2', '2'],
  ['2Ti', '2Ti'],
  ['9e999999999', '9223372036854775807'],
];

function printed(text: string): string | undefined {
  const quantity = readQuantity(text);
  return typeof quantity === 'string' ? undefined : formatQuantity(quantity);
}

describe('a quantity', () => {
  for (const [text, expected] of canonical) {
    it(`${text} is printed as ${expected}`, () => assert.equal(printed(text), expected));
  }

  for (const text of ['', 'x', '1.2.3', '1 Gi', '--1', '1Kb', '.', '1gi']) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(printed(text), undefined));
  }

  it('tells an unknown suffix from no number', () => {
    assert.equal(readQuantity('1KK'), "unable to parse quantity's suffix");
    assert.match(String(readQuantity('abc')), /must match the regular expression/);
  });

  it('is compared by amount', () => {
    assert.equal(compareQuantities('1Gi', '1G'), 1);
    assert.equal(compareQuantities('1000m', '1'), 0);
    assert.equal(compareQuantities('-1', '1'), -1);
  });

  it('is added exactly, in the format of the first', () => {
    assert.equal(addQuantities('100m', '200m'), '300m');
    assert.equal(addQuantities('1Gi', '1Mi'), '1025Mi');
    assert.equal(addQuantities('0', '1Mi'), '1Mi');
    assert.equal(addQuantities('9007199254740993', '1'), '9007199254740994');
  });
});
