/** CustomResourceDefinitions: what is refused, and how rules that fail are told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CustomResourceDefinition, JsonSchema } from '../../../hub/api/custom-resource.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { makeRules } from '../../../hub/kinds/custom/rule-set.ts';
import { structuralOf } from '../../../hub/kinds/custom/structural.ts';
import { changeFaults, faults, lines } from './made.ts';

const group = 'apiextensions.k8s.io';
const kind = 'CustomResourceDefinition';
const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };

function definition(spec: object, annotations: Record<string, string> = {}): Record<string, unknown> {
  const whole: CustomResourceDefinition['spec'] = {
    group: 'example.com',
    names: { plural: 'boats', kind: 'Boat' },
    scope: 'Cluster',
    versions: [version],
    ...spec,
  };
  return { metadata: { name: `boats.${whole.group}`, annotations }, spec: whole };
}

const found = (spec: object): string[] => faults(group, kind, definition(spec));

/** What is wrong with a schema, with the paths below it. */
function schema(parts: object): string[] {
  const openAPIV3Schema = { type: 'object', ...parts };
  const list = found({ versions: [{ ...version, schema: { openAPIV3Schema } }] });
  return list.map((line) => line.replace('spec.validation.openAPIV3Schema.', ''));
}

const list = (parts: object): string[] => schema({ properties: { a: { type: 'array', ...parts } } });

const selectable = (...paths: string[]): string[] => {
  const properties = { s: { type: 'string' }, o: { type: 'object', additionalProperties: { type: 'string' } } };
  const openAPIV3Schema = { type: 'object', properties };
  const selectableFields = paths.map((jsonPath) => ({ jsonPath }));
  return found({ versions: [{ ...version, schema: { openAPIV3Schema }, selectableFields }] });
};

describe('definitions', () => {
  const cases: [string, string[], string[]][] = [
    ['a good one', found({}), []],
    [
      'every version has a schema, served or not',
      found({ versions: [{ name: 'v1', served: false, storage: true }] }),
      ['spec.versions[0].schema.openAPIV3Schema: Required value'],
    ],
    [
      'warnings of deprecation',
      found({ versions: [{ ...version, deprecated: true, deprecationWarning: 'a\n' }] }),
      [
        'spec.versions[0].deprecationWarning: Invalid value: "a\\n": must only contain printable UTF-8 characters; non-printable character found at index 1',
      ],
    ],
    [
      'no versions',
      found({ versions: undefined }),
      [
        'spec.versions: Invalid value: null: must have exactly one version marked as storage version',
        'status.storedVersions: Invalid value: null: must have at least one stored version',
      ],
    ],
    [
      'defaults in metadata',
      schema({ properties: { metadata: { type: 'object', properties: { name: { type: 'string', default: 'x' } } } } }),
      ['properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata'],
    ],
    [
      'keys of lists that are maps',
      list({
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k', 'k', 'l'],
        items: { type: 'object', required: ['k'], properties: { k: { type: 'array', items: { type: 'string' } } } },
      }),
      [
        `properties[a].items.properties[k].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map`,
        `properties[a].items.properties[k].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map`,
        'properties[a].x-kubernetes-list-map-keys: Invalid value: ["k","k","l"]: must not contain duplicate entries',
        'properties[a].x-kubernetes-list-map-keys: Invalid value: ["k","k","l"]: entries must all be names of item properties',
      ],
    ],
    [
      'kinds of lists',
      list({ 'x-kubernetes-list-type': 'bag', items: { type: 'string' } }),
      ['properties[a].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"'],
    ],
    [
      'texts of rules',
      schema({
        'x-kubernetes-validations': [
          { rule: ' ', messageExpression: ' ', reason: 'X', fieldPath: '.b' },
          { rule: 'true', message: ' ' },
        ],
      }),
      [
        'x-kubernetes-validations[0].rule: Required value: rule is not specified',
        'x-kubernetes-validations[0].messageExpression: Required value: messageExpression must be non-empty if specified',
        'x-kubernetes-validations[0].reason: Unsupported value: "X": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
        'x-kubernetes-validations[0].fieldPath: Invalid value: ".b": must be a valid path',
        'x-kubernetes-validations[1].message: Invalid value: " ": must be non-empty if specified',
      ],
    ],
    [
      'what corresponds to nothing before, whatever the rule makes of it',
      schema({
        properties: {
          m: {
            type: 'object',
            'x-kubernetes-map-type': 'atomic',
            properties: {
              n: {
                type: 'integer',
                'x-kubernetes-validations': [{ rule: 'oldSelf.orValue(1) == self', optionalOldSelf: true }],
              },
            },
          },
        },
      }),
      [
        'properties[m].properties[n].x-kubernetes-validations[0].rule: Invalid value: "oldSelf.orValue(1) == self": oldSelf cannot be used on the uncorrelatable portion of the schema within spec.validation.openAPIV3Schema.properties[m]',
      ],
    ],
    [
      'selectable fields',
      selectable('.s', 's', '.x', '.o', ".o['a']", '.s', '.'),
      [
        'spec.selectableFields[1].jsonPath: Invalid value: "s": is an invalid path: expected [ or . but got: s',
        'spec.selectableFields[2].jsonPath: Invalid value: ".x": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[3].jsonPath: Invalid value: ".o": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        `spec.selectableFields[4].jsonPath: Invalid value: ".o['a']": is an invalid path: array notation is not allowed`,
        'spec.selectableFields[5].jsonPath: Duplicate value: ".s"',
        'spec.selectableFields[6].jsonPath: Invalid value: ".": is an invalid path: unexpected end of JSON path',
      ],
    ],
  ];
  for (const [what, given, wanted] of cases) it(what, () => assert.deepEqual(given, wanted));

  it('keep the versions that are stored', () => {
    const before = definition({ versions: [version, { ...version, name: 'v2', storage: false }] });
    const after = definition({ versions: [{ ...version, name: 'v2' }] });
    assert.deepEqual(changeFaults(group, kind, before, after), [
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ]);
  });

  it('keep an approval that was wrong, and take no new one', () => {
    const annotation = 'api-approved.kubernetes.io';
    const open = (value?: string): Record<string, unknown> =>
      definition({ group: 'x.k8s.io' }, value === undefined ? {} : { [annotation]: value });
    assert.deepEqual(changeFaults(group, kind, open(), open()), []);
    assert.match(
      changeFaults(group, kind, open('unapproved'), open('no')).join(),
      /Invalid value: "no": protected groups/,
    );
  });
});

describe('rules that fail', () => {
  const told = (parts: JsonSchema, value: object): string[] => {
    const rules = makeRules(structuralOf({ type: 'object', ...parts }));
    return lines(rules?.errors(value as KubeObject, undefined) ?? []);
  };
  const rule = { rule: 'false', message: 'no' };

  it('show a scalar, and nothing of an object', () => {
    const properties: Record<string, JsonSchema> = {
      n: { type: 'integer', 'x-kubernetes-validations': [rule] },
      o: { type: 'object', 'x-kubernetes-validations': [rule, { ...rule, reason: 'FieldValueDuplicate' }] },
    };
    assert.deepEqual(told({ properties }, { n: 1, o: {} }), [
      'n: Invalid value: 1: no',
      'o: Invalid value: no',
      'o: Duplicate value',
    ]);
  });

  it('name the field the rule is about', () => {
    const properties: Record<string, JsonSchema> = {
      o: {
        type: 'object',
        properties: { 'a.b': { type: 'string' } },
        'x-kubernetes-validations': [{ ...rule, fieldPath: "['a.b']" }],
      },
    };
    assert.deepEqual(told({ properties }, { o: {} }), ['o.a.b: Invalid value: no']);
  });
});
