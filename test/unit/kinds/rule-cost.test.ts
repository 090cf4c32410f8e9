/** What rules of custom resources may cost, by the sizes their schemas give: as the API server reckons it, to the unit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonSchema } from '../../../hub/api/custom-resource.ts';
import { ruleEnvironment } from '../../../hub/kinds/custom/rule-set.ts';
import { ruleTypeOf } from '../../../hub/kinds/custom/rule-types.ts';
import { structuralOf } from '../../../hub/kinds/custom/structural.ts';

const longest = 3 * 1024 * 1024 - 2;
const word: JsonSchema = { type: 'string', maxLength: 20 };
const amount: JsonSchema = { 'x-kubernetes-int-or-string': true };
const labels: JsonSchema = { type: 'object', maxProperties: 30, additionalProperties: word };
const place: JsonSchema = { type: 'object', properties: { at: { type: 'object', properties: { name: word } } } };
const count: JsonSchema = { type: 'object', properties: { n: { type: 'integer' }, on: { type: 'boolean' } } };

const costs: readonly [string, JsonSchema, string, number][] = [
  ['what is found is no longer than the text', word, "self.find('[0-9]+') != ''", 1 + 9 * 2],
  ['what is found is a text of its own', word, "self.find('[0-9]+').endsWith('abc')", 1 + 9 * 2 + 1],
  ['a type has the size of the value', amount, 'type(self) == string', 3 + Math.ceil(longest / 10)],
  [
    'keys of maps are counted as empty',
    labels,
    "self.all(key, key.contains('a') || key.find('b') != '')",
    2 + 30 * (2 + 1 + 1 + 2),
  ],
  ['values of maps are not', labels, "self.all(key, self[key].contains('abcdefghijk'))", 2 + 30 * (2 + 1 + 3 + 16)],
  ['objects are counted as empty', place, 'self == oldSelf', 2],
  ['so are objects in objects', place, 'self.at == oldSelf.at', 4],
  ['numbers and truths too', count, 'self.n == 1 && self.on == true', 4],
  ['splitting makes and reads', word, "self.split(',').size() > 0", 1 + 16 + 2],
  ['looking for a part reads once', word, "self.indexOf('abcdefghijklmnopqrstuvwxyz') < 0", 1 + 8 + 1],
  ['replacing makes and reads', word, "self.replace('a', '') == ''", 1 + 16],
  ['what is replaced grows', word, "self.replace('a', 'bcd').contains('e')", 1 + 16 + 24],
  [
    'what is bound has its own size',
    word,
    "cel.bind(both, [self, self], both.all(one, one != ''))",
    10 + 12 + 2 + 2 * (2 + 2),
  ],
  [
    'an item of what was worked out is as long as the value',
    word,
    "self.split('@')[1].matches('abcd')",
    1 + 16 + 1 + 9,
  ],
  [
    'items of a walk are as long as the value',
    { type: 'object', properties: { words: { type: 'array', maxItems: 10, items: word } } },
    "self.words.map(one, one + 'b').exists(one, one == 'ab')",
    // the inner walk, with a list for each, and the outer one, of items that count as empty
    2 + 10 + 1 + 10 * (1 + 10 + 1 + 9 + 1) + 1 + 10 * (3 + 1 + 1),
  ],
  ['a value whose type is not told is as long as it is', word, "dyn(self) == 'abc'", 1 + 1 + 1],
];

describe('costs of rules', () => {
  for (const [name, schema, rule, cost] of costs) {
    it(`${name}: ${rule}`, () => {
      const type = ruleTypeOf(structuralOf(schema))?.type;
      assert.ok(type);
      assert.equal(ruleEnvironment(type, false).compile(rule).cost, cost);
    });
  }
});
