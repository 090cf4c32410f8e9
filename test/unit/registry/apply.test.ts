/** Server-side apply: owners, conflicts, hand-over and removal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../../hub/api/object.ts';
import type { JsonSchema } from '../../../hub/api/custom-resource.ts';
import { structuralOf } from '../../../hub/kinds/custom/structural.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { type Applied, applyPatch } from '../../../hub/registry/managed-fields/apply.ts';
import { trackUpdate } from '../../../hub/registry/managed-fields/update.ts';

const schemas = loadSchemas();
const time = '2026-01-01T00:00:00Z';
const types: Record<string, [type: string, apiVersion: string]> = {
  ConfigMap: ['io.k8s.api.core.v1.ConfigMap', 'v1'],
  Deployment: ['io.k8s.api.apps.v1.Deployment', 'apps/v1'],
};

function apply(live: KubeObject | undefined, manager: string, config: JsonObject, force = false): Applied {
  const kind = String(config['kind']);
  const [type, apiVersion] = types[kind] ?? ['io.k8s.api.core.v1.ConfigMap', 'v1'];
  return applyPatch({
    schemas,
    type,
    live,
    config,
    manager,
    apiVersion,
    kind: types[kind] === undefined ? 'ConfigMap' : kind,
    subresource: '',
    force,
    time,
  });
}

function update(before: KubeObject, after: KubeObject, manager: string): KubeObject {
  const type = 'io.k8s.api.core.v1.ConfigMap';
  const entries = trackUpdate({ schemas, type, before, after, manager, apiVersion: 'v1', subresource: '', time });
  return { ...after, metadata: { ...after.metadata, managedFields: entries ?? [] } };
}

const map = (data: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data });

function deployment(containers: JsonObject[]): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { template: { spec: { containers } } },
  };
}

const entryOf = (object: KubeObject, manager: string): ManagedFieldsEntry | undefined =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager);
const containersOf = (object: KubeObject): unknown =>
  (object.spec as { template: { spec: { containers: unknown } } }).template.spec.containers;

describe('an apply', () => {
  const first = apply(undefined, 'one', map({ a: '1', b: '2' })).object;

  it('creates an object and owns what it says', () => {
    assert.deepEqual(first['data'], { a: '1', b: '2' });
    assert.deepEqual(entryOf(first, 'one'), {
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } },
    });
  });

  it('of the same changes nothing', () => {
    assert.equal(apply(first, 'one', map({ a: '1', b: '2' })).changed, false);
  });

  it('removes what it does not say any more, unless somebody else owns it', () => {
    const shared = apply(first, 'two', map({ b: '2' })).object;
    const { object } = apply(shared, 'one', map({}));
    assert.deepEqual(object['data'], { b: '2' });
    assert.deepEqual(entryOf(object, 'one')?.fieldsV1, { 'f:data': {} });
  });

  it('keeps what nobody claimed', () => {
    const { object } = apply({ ...first, data: { a: '1', b: '2', free: 'x' } }, 'one', map({ a: '1' }));
    assert.deepEqual(object['data'], { a: '1', free: 'x' });
  });

  it('is refused when it changes fields of others, naming each', () => {
    assert.throws(() => apply(first, 'two', map({ a: '9', b: '9' })), {
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.b' },
        ],
      },
    });
  });

  it('names the version of a manager that updated', () => {
    const edited = update(first, { ...first, data: { a: '1', b: '7' } }, 'edit');
    assert.throws(() => apply(edited, 'one', map({ a: '1', b: '2' })), {
      message: 'Apply failed with 1 conflict: conflict with "edit" using v1: .data.b',
    });
  });

  it('with force takes the fields over', () => {
    const { object } = apply(first, 'two', map({ a: '9' }), true);
    assert.deepEqual(object['data'], { a: '9', b: '2' });
    assert.deepEqual(entryOf(object, 'one')?.fieldsV1, { 'f:data': { 'f:b': {} } });
  });

  it('that says the same as the owner shares the field, and has no time of its own', () => {
    const { object, changed } = apply(first, 'two', map({ a: '1' }));
    assert.equal(changed, true);
    assert.equal(entryOf(object, 'two')?.time, undefined);
  });

  it('gives what was there before the first apply an owner', () => {
    const live: KubeObject = { ...(map({ a: '1' }) as unknown as KubeObject), metadata: { name: 'm', uid: 'u' } };
    const { object } = apply(live, 'late', map({ w: '1' }));
    assert.deepEqual(entryOf(object, 'before-first-apply')?.fieldsV1, { 'f:data': { '.': {}, 'f:a': {} } });
    assert.equal(entryOf(object, 'before-first-apply')?.operation, 'Update');
  });

  it('of kubectl may take what its client-side apply set', () => {
    const last = JSON.stringify(map({ a: '1' }));
    const annotated = map({ a: '1' }) as unknown as KubeObject;
    const metadata = { name: 'm', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': last } };
    const live = update(
      { ...annotated, metadata: { name: 'm', managedFields: first.metadata.managedFields ?? [] } },
      { ...annotated, metadata },
      'kubectl-client-side-apply',
    );
    assert.deepEqual(apply(live, 'kubectl', map({ a: '2' })).object['data'], { a: '2' });
    assert.throws(() => apply(live, 'other', map({ a: '2' })), { code: 409 });
  });

  it('merges lists item by item in the applied order', () => {
    const live = apply(
      undefined,
      'own',
      deployment([{ name: 'a', image: 'a:1', env: [{ name: 'X' }, { name: 'Y' }] }]),
    ).object;
    const next = apply(
      live,
      'side',
      deployment([
        { name: 's', image: 's:1' },
        { name: 'a', env: [{ name: 'Z' }] },
      ]),
    ).object;
    assert.deepEqual(containersOf(next), [
      { name: 's', image: 's:1' },
      { name: 'a', image: 'a:1', env: [{ name: 'X' }, { name: 'Y' }, { name: 'Z' }] },
    ]);
    const gone = apply(next, 'side', deployment([{ name: 'a' }])).object;
    assert.deepEqual(containersOf(gone), [{ name: 'a', image: 'a:1', env: [{ name: 'X' }, { name: 'Y' }] }]);
    assert.throws(() => apply(gone, 'side', deployment([{ name: 'a', image: 'b:1' }])), {
      message: 'Apply failed with 1 conflict: conflict with "own": .spec.template.spec.containers[name="a"].image',
    });
  });

  it('removes an item with the defaults nobody owns', () => {
    const live = apply(undefined, 'own', deployment([{ name: 'a' }, { name: 'b' }])).object;
    const defaulted = structuredClone(live);
    for (const container of containersOf(defaulted) as JsonObject[]) container['imagePullPolicy'] = 'Always';
    assert.deepEqual(containersOf(apply(defaulted, 'own', deployment([{ name: 'a' }])).object), [
      { name: 'a', imagePullPolicy: 'Always' },
    ]);
  });

  const refused: [name: string, config: JsonObject, code: number, message: string][] = [
    [
      'an unknown field',
      { ...map({}), nope: 1 },
      500,
      'failed to create typed patch object (/m; /v1, Kind=ConfigMap): .nope: field not declared in schema',
    ],
    [
      'no kind',
      { apiVersion: 'v1', metadata: { name: 'm' } },
      500,
      'failed to create typed patch object (/m; /v1, Kind=): no corresponding type for /v1, Kind=',
    ],
    ['no version', {}, 400, 'Incorrect version specified in apply patch. Specified patch version: , expected: v1'],
    [
      'managedFields',
      { ...map({}), metadata: { name: 'm', managedFields: [] } },
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'an item twice',
      deployment([{ name: 'a' }, { name: 'a' }]),
      500,
      'failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      'an item that is none',
      deployment(['a'] as never),
      500,
      'failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: element 0: associative list with keys may not have non-map elements',
    ],
    [
      'a map for a list',
      deployment({ a: 1 } as never),
      500,
      'failed to create typed patch object (/d; apps/v1, Kind=Deployment): .spec.template.spec.containers: expected list, got &{map[a:1]}',
    ],
  ];
  for (const [name, config, code, message] of refused) {
    it(`with ${name} is refused`, () => assert.throws(() => apply(undefined, 'one', config), { code, message }));
  }
});

it('an item of a built-in kind without its key has the empty one', () => {
  const { object } = apply(undefined, 'one', deployment([{ name: 'a' }, { image: 'b' }]));
  assert.ok(JSON.stringify(object.metadata.managedFields).includes(JSON.stringify('k:{"name":""}')));
});

describe('an apply to a custom object', () => {
  const item = { type: 'object', properties: { name: { type: 'string' }, zone: { type: 'string', default: 'here' } } };
  const places: JsonSchema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name', 'zone'],
    items: item,
  };
  const custom = structuralOf({ type: 'object', properties: { places } });
  const applied = (live: KubeObject | undefined, manager: string, list: JsonObject[]): KubeObject =>
    applyPatch({
      ...{ schemas, custom, type: 'Custom', live, manager, apiVersion: 'e/v1', kind: 'Custom' },
      ...{ subresource: '', force: false, time },
      config: { apiVersion: 'e/v1', kind: 'Custom', metadata: { name: 'c' }, places: list },
    }).object;

  it('finds items by the defaults their keys have', () => {
    const live = applied(undefined, 'one', [{ name: 'a', zone: 'here' }]);
    assert.deepEqual(applied(live, 'two', [{ name: 'a' }])['places'], [{ name: 'a', zone: 'here' }]);
  });

  it('with an item without any key is refused', () => {
    const config = {
      apiVersion: 'e/v1',
      kind: 'Custom',
      metadata: { name: 'c' },
      places: [{ name: 'a' }, { zone: 'b' }],
    };
    const named = structuralOf({
      type: 'object',
      properties: { places: { ...places, 'x-kubernetes-list-map-keys': ['name'] } },
    });
    const request = {
      ...{ schemas, custom: named, type: 'Custom', live: undefined, manager: 'one', config },
      subresource: '',
    };
    assert.throws(() => applyPatch({ ...request, apiVersion: 'e/v1', kind: 'Custom', force: false, time }), {
      code: 500,
      message: /\.places: element 1: associative list with keys has an element that omits all key fields \["name"\]/,
    });
  });
});
