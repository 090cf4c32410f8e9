/** Custom objects against their schema: pruning, defaults, checks, columns, and names that are traps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition, JsonSchema } from '../../../hub/api/custom-resource.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { parseJsonPath } from '../../../hub/kinds/custom/json-path.ts';
import { lazyRules } from '../../../hub/kinds/custom/lazy-rules.ts';
import { rowsOf } from '../../../hub/kinds/custom/rows.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';

function rowFor(spec: JsonSchema): ResourceInfo {
  const schema: JsonSchema = { type: 'object', properties: { spec } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'boats.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'boats', kind: 'Boat' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
    status: { conditions: [{ type: 'Established', status: 'True' }] },
  } satisfies CustomResourceDefinition;
  const [row] = rowsOf(definition, { makeRules: lazyRules, read: () => definition }).served;
  assert.ok(row !== undefined);
  return row;
}

const boat = (spec: unknown): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Boat',
  metadata: { name: 'b' },
  spec: spec as object,
});

/** What is said of a new object with this spec. */
function told(schema: JsonSchema, spec: unknown): string[] {
  const errors = rowFor(schema).strategy.validateCreate(boat(spec));
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const string: JsonSchema = { type: 'string' };

describe('custom objects', () => {
  it('lose what their schema does not know, and are told of it', () => {
    const row = rowFor({
      type: 'object',
      properties: { a: string, list: { type: 'array', items: { type: 'object' } } },
    });
    const object = boat({ a: 'x', constructor: 1, toString: { deep: 1 }, list: [{ junk: 1 }] });
    assert.deepEqual(
      row.custom?.conform(object, () => []),
      ['unknown field "spec.constructor"', 'unknown field "spec.list[0].junk"', 'unknown field "spec.toString"'],
    );
    assert.deepEqual(object.spec, { a: 'x', list: [{}] });
  });

  it('may have fields with the names of things every JavaScript object has', () => {
    const odd: JsonSchema = {
      type: 'object',
      required: ['hasOwnProperty'],
      properties: { constructor: string, hasOwnProperty: string, valueOf: { type: 'integer', default: 3 } },
    };
    assert.deepEqual(told(odd, {}), ['spec.hasOwnProperty: Required value']);
    const row = rowFor(odd);
    const object = boat({ hasOwnProperty: 'x' });
    row.strategy.setDefaults(object);
    assert.deepEqual(object.spec, { hasOwnProperty: 'x', valueOf: 3 });
    assert.deepEqual(row.strategy.validateUpdate(object, boat({})), []);
  });

  it('lose nulls that are no values, unless there is a default', () => {
    const row = rowFor({
      type: 'object',
      properties: { a: string, b: { ...string, default: 'B' }, c: { ...string, nullable: true } },
    });
    const object = boat({ a: null, b: null, c: null });
    row.custom?.conform(object, () => []);
    row.strategy.setDefaults(object);
    assert.deepEqual(object.spec, { b: 'B', c: null });
  });

  const cases: readonly (readonly [string, JsonSchema, unknown, readonly string[]])[] = [
    [
      'bounds',
      { type: 'integer', minimum: 1, exclusiveMinimum: true },
      1,
      ['spec: Invalid value: 1: spec in body should be greater than 1'],
    ],
    ['multiples', { type: 'number', multipleOf: 0.01 }, 0.07, []],
    [
      'formats',
      { type: 'string', format: 'ipv4' },
      '1.2.3',
      ['spec: Invalid value: "1.2.3": spec in body must be of type ipv4: "1.2.3"'],
    ],
    [
      'dates',
      { type: 'string', format: 'date' },
      '2023-02-29',
      ['spec: Invalid value: "2023-02-29": spec in body must be of type date: "2023-02-29"'],
    ],
    [
      'anyOf',
      { type: 'integer', anyOf: [{ minimum: 5 }, { maximum: 1 }] },
      3,
      [
        '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
        'spec: Invalid value: 3: spec in body should be greater than or equal to 5',
      ],
    ],
    [
      'not',
      { type: 'integer', not: { minimum: 5 } },
      7,
      ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
    ],
    [
      'wrong nulls',
      { type: 'string' },
      null,
      ['spec: Invalid value: "null": spec in body must be of type string: "null"'],
    ],
    [
      'lists with keys',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { ...string, default: 'd' } } },
      },
      [{ k: 'd' }, {}],
      ['spec[1]: Duplicate value: {"k":"d"}'],
    ],
  ];
  for (const [name, schema, spec, expected] of cases) {
    it(`are checked: ${name}`, () => assert.deepEqual(told(schema, spec), expected));
  }

  it('may keep what was wrong before, as long as it does not change', () => {
    const row = rowFor({ type: 'object', properties: { a: { type: 'string', maxLength: 2 }, b: string } });
    assert.deepEqual(row.strategy.validateUpdate(boat({ a: 'long', b: 'y' }), boat({ a: 'long', b: 'x' })), []);
    assert.equal(row.strategy.validateUpdate(boat({ a: 'longer' }), boat({ a: 'long' })).length, 1);
  });

  it('are found by paths with filters, indexes and quotes', () => {
    const object = {
      a: [
        { t: 'x', v: 1 },
        { t: 'y', v: 2 },
      ],
      'b.c': { d: true },
    };
    assert.deepEqual(parseJsonPath('.a[?(@.t=="y")].v')(object), [2]);
    assert.deepEqual(parseJsonPath('.a[*].v')(object), [1, 2]);
    assert.deepEqual(parseJsonPath('.a[-1].t')(object), ['y']);
    assert.deepEqual(parseJsonPath("['b.c'].d")(object), [true]);
    assert.deepEqual(parseJsonPath('.b\\.c.d')(object), [true]);
    assert.deepEqual(parseJsonPath('.constructor.name')(object), []);
  });
});
