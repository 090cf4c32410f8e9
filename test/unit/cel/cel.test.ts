/** Expressions: what they are worth, what they are refused for, and what they cost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompilationError, CostExceeded, Environment, EvaluationError } from '../../../hub/cel/environment.ts';
import { dyn, int, listOf, mapOf, string, type Type } from '../../../hub/cel/types/type.ts';
import { List, type Value } from '../../../hub/cel/types/value.ts';

const object: Type = {
  is: 'object',
  name: 'object',
  fields: new Map<string, Type>([
    ['name', string],
    ['size', int],
    ['tags', listOf(string)],
    ['labels', mapOf(string, string)],
  ]),
};

const variables = new Map<string, Type>([
  ['n', int],
  ['s', string],
  ['list', listOf(int)],
  ['o', object],
  ['any', dyn],
]);

const values = new Map<string, Value>([
  ['n', 5n],
  ['s', 'hello'],
  ['list', new List([3n, 1n, 2n])],
  ['any', new Map<Value, Value>([['a', 1n]])],
]);

const environment = new Environment({ variables });

function evaluate(text: string): Value {
  return environment.compile(text).run(values, { left: 1_000_000 });
}

const truths = [
  'n == 5 && s == "hello"',
  'n + 1 > 5 ? true : false',
  '1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && -7 / 2 == -3 && -7 % 2 == -1',
  '[1, 2, 3].all(x, x > 0) && ![1, 2].all(x, x > 1)',
  '[1, 2, 3].exists(x, x == 2) && [1, 2, 2].exists_one(x, x == 1)',
  '[1, 2, 3].map(x, x * 2) == [2, 4, 6] && [1, 2, 3].filter(x, x != 2) == [1, 3]',
  '[1, 2, 3].map(x, x > 1, x + 1) == [3, 4]',
  '{"a": 1, "b": 2}.all(k, k in ["a", "b"]) && {"a": 1}["a"] == 1 && "a" in {"a": 1}',
  '[10, 20].all(i, v, v == (i + 1) * 10) && {"a": 1}.exists(k, v, k == "a" && v == 1)',
  '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2} && [1, 2].transformList(i, v, i + v) == [1, 3]',
  'list.isSorted() == false && [1, 2].isSorted() && list.sum() == 6 && list.min() == 1 && list.max() == 3',
  'list.indexOf(1) == 1 && [1, 1].lastIndexOf(1) == 1',
  's.startsWith("he") && s.endsWith("lo") && s.contains("ell") && s.matches("^h.*o$") && size(s) == 5 && s.size() == 5',
  's.upperAscii() == "HELLO" && s.substring(1, 3) == "el" && s.charAt(0) == "h" && s.replace("l", "L", 1) == "heLlo"',
  's.indexOf("l") == 2 && s.lastIndexOf("l") == 3 && "a,b".split(",") == ["a", "b"] && ["a", "b"].join("-") == "a-b"',
  '" x ".trim() == "x" && "abc".reverse() == "cba" && "%s is %d, %.2f".format(["x", dyn(3), 1.5]) == "x is 3, 1.50"',
  '"abc 123".find("[0-9]+") == "123" && "1 2 3".findAll("[0-9]") == ["1", "2", "3"]',
  'int("5") == 5 && string(5) == "5" && double("1.5") == 1.5 && uint(3) == 3u && bool("true") && type(1) == int',
  'timestamp("2024-02-29T10:00:00Z") + duration("1h") == timestamp("2024-02-29T11:00:00Z")',
  'timestamp("2024-02-29T10:11:12Z").getMonth() == 1 && duration("90m").getHours() == 1',
  'timestamp("2024-02-29T23:30:00Z").getHours("+01:00") == 0',
  'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("500m").add(quantity("500m")) == quantity("1")',
  'isQuantity("1Mi") && !isQuantity("one") && quantity("50k").asInteger() == 50000 && quantity("-1").sign() == -1',
  'url("https://a.example:8080/p?x=1").getPort() == "8080" && isURL("/a") && url("https://h/p?x=1").getQuery()["x"] == ["1"]',
  'ip("10.0.0.1").family() == 4 && isIP("::1") && ip("127.0.0.1").isLoopback() && ip.isCanonical("::1")',
  'cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
  'string(ip("2001:db8::0:1")) == "2001:db8::1" && cidr("10.0.0.0/8").prefixLength() == 8',
  'sets.contains([1, 2], [1]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1], [1])',
  'optional.of(1).hasValue() && optional.none().orValue(3) == 3 && {"a": 1}[?"b"].orValue(0) == 0',
  '{"a": [1, 2]}.?a[?1].orValue(0) == 2 && {"a": [1]}.?b[?0].orValue(7) == 7 && {"a": [3]}.?a[0].value() == 3',
  '{"a": {"b": 1}}.?a.?b.orValue(0) == 1 && optional.of(2).optMap(x, x + 1).value() == 3',
  '[?optional.of(1), 2, ?optional.none()] == [1, 2] && {?"a": optional.of(1), "b": 2} == {"a": 1, "b": 2}',
  '[[], [1]].size() == 2 && [dyn(1), "a"].size() == 2',
  'cel.bind(x, n + 1, x * x) == 36',
  '!format.dns1123Label().validate("Bad").hasValue() == false && !format.named("dns1123Label").value().validate("good").hasValue()',
  'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.2.3").minor() == 2 && isSemver("v1.0", true)',
  'any.a == 1 && has(any.a) && !has(any.b)',
  'dyn(1) == 1.0 && dyn(1u) == 1',
  'r"\\d" == "\\\\d" && "\\u00e4" == "ä" && b"\\xff".size() == 1 && \'\'\'a\nb\'\'\'.size() == 3',
  'false && any.nope || true',
  'true || any.nope == 1',
  '[1, 2].exists(x, any.nope == x || x == 2)',
];

const refusals: readonly (readonly [string, string])[] = [
  ['s.nope', "ERROR: <input>:1:2: type 'string' does not support field selection\n | s.nope\n | .^"],
  ['o.nope', "ERROR: <input>:1:2: undefined field 'nope'\n | o.nope\n | .^"],
  ['s.foo()', "ERROR: <input>:1:6: undeclared reference to 'foo' (in container '')\n | s.foo()\n | .....^"],
  ['x', "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^"],
  ['s == 1', "ERROR: <input>:1:3: found no matching overload for '_==_' applied to '(string, int)'\n | s == 1\n | ..^"],
  [
    's.size(1)',
    "ERROR: <input>:1:7: found no matching overload for 'size' applied to 'string.(int)'\n | s.size(1)\n | ......^",
  ],
  ['s in ["a", 0]', `ERROR: <input>:1:12: expected type 'string' but found 'int'\n | s in ["a", 0]\n | ...........^`],
  ['{"a": 1, 2: 3}', `ERROR: <input>:1:10: expected type 'string' but found 'int'\n | {"a": 1, 2: 3}\n | .........^`],
  ['s.matches("[")', `ERROR: <input>:1:11: invalid matches argument\n | s.matches("[")\n | ..........^`],
  ['n > 1 || duration("x") > duration("1s")', 'invalid duration argument'],
  ['timestamp("2024") == timestamp("2024-01-01T00:00:00Z")', 'invalid timestamp argument'],
  ['A{b: 1}.b == 1', `undeclared reference to 'A' (in container '')`],
  ['[1].all(2, true)', 'ERROR: <input>:1:9: argument is not an identifier\n | [1].all(2, true)\n | ........^'],
];

describe('expressions', () => {
  for (const text of truths) {
    it(`${text} is true`, () => assert.equal(evaluate(text), true));
  }

  for (const [text, why] of refusals) {
    it(`refuses ${text} as cel-go does`, () => {
      assert.throws(
        () => environment.compile(text),
        (error: Error) => {
          assert.ok(error instanceof CompilationError);
          if (why.startsWith('ERROR')) assert.equal(error.message, why);
          else assert.ok(error.message.includes(why), error.message);
          return true;
        },
      );
    });
  }

  const faults: readonly (readonly [string, string])[] = [
    ['1 / (n - 5) == 1', 'division by zero'],
    ['any.b == 1', 'no such key: b'],
    ['list[7] == 1', 'index out of bounds: 7'],
    ['9223372036854775807 + n == 0', 'integer overflow'],
    [
      'quantity("x").sign() == 1',
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ];
  for (const [text, why] of faults) {
    it(`${text} ends in an error`, () => {
      assert.throws(
        () => evaluate(text),
        (error: Error) => error instanceof EvaluationError && error.message === why,
      );
    });
  }

  it('is never deeper than it may be', () => {
    assert.throws(() => environment.compile(`${'('.repeat(5000)}1${')'.repeat(5000)}`), CompilationError);
    assert.throws(() => environment.compile('x'.repeat(200_000)), CompilationError);
  });

  it('does not go down over long chains', () => {
    assert.throws(() => environment.compile(Array(30_000).fill('1').join('+')), CompilationError);
  });

  it('collects in time linear in what it walks over', () => {
    const began = performance.now();
    const program = environment.compile('lists.range(10000).map(x, lists.range(3).map(y, x + y)).size() == 10000');
    assert.equal(program.run(values, { left: 10_000_000 }), true);
    assert.ok(performance.now() - began < 3000);
  });

  it('stops when its budget is spent', () => {
    const program = environment.compile('list.all(a, list.all(b, list.all(c, a + b + c > 0)))');
    assert.throws(() => program.run(values, { left: 20 }), CostExceeded);
    const budget = { left: 1000 };
    assert.equal(program.run(values, budget), true);
    assert.ok(budget.left < 900);
  });

  it('knows which variables it uses', () => {
    const program = environment.compile('[1].all(x, x == n)');
    assert.equal(program.uses('n'), true);
    assert.equal(program.uses('s'), false);
  });

  it('estimates by what its variables can hold', () => {
    const few: Type = { is: 'list', item: int, most: 10 };
    const cost = (text: string, type: Type): number =>
      new Environment({ variables: new Map([['self', type]]) }).compile(text).cost;
    assert.equal(cost('self.all(x, x > 0)', few), 52);
    assert.equal(cost('size(self) > 0', few), 3);
    assert.equal(cost('self.all(x, x > 0)', listOf(int)), Infinity);
    const word: Type = { ...string, most: 100 };
    assert.equal(cost('self == "abc"', word), 2);
    assert.equal(cost('self.contains("abc")', word), 11);
  });
});
