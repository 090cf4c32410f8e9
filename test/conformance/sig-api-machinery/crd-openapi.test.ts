/** Custom kinds in the OpenAPI documents, and kubectl reading them. */
import assert from 'node:assert/strict';
import { anything, type Defined, define, definitions } from '../custom.ts';
import { type Cluster, conformance } from '../suite.ts';

const schema = {
  description: 'Foo CRD for Testing',
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      description: 'Specification of Foo',
      properties: {
        bars: {
          description: 'List of Bars and their specs.',
          type: 'array',
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { description: 'Name of Bar.', type: 'string' },
              age: { description: 'Age of Bar.', type: 'string' },
              bazs: { description: 'List of Bazs.', type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
  },
};

function nameIn(defined: Defined, version: string): string {
  return `${defined.group.split('.').reverse().join('.')}.${version}.${defined.kind}`;
}

async function published(cluster: Cluster): Promise<Record<string, { description?: string }>> {
  return (await cluster.ok<{ definitions: Record<string, object> }>('GET', '/openapi/v2')).definitions;
}

async function eventuallyPublished(cluster: Cluster, name: string, there: boolean): Promise<void> {
  await cluster.eventually('/openapi/v2', (document) => Object.hasOwn(document['definitions'], name) === there);
}

function created(cluster: Cluster, defined: Defined, name: string, fields: object): { code: number; stderr: string } {
  const body = JSON.stringify(defined.object(name, fields));
  const first = cluster.tryKubectl(['create', '-f', '-'], body);
  if (first.code !== 0) return first;
  const second = cluster.tryKubectl(['apply', '-f', '-'], body);
  cluster.kubectl(['delete', defined.name.replace(/\..*/, `.${defined.group}`), name]);
  return second;
}

conformance('[sig-api-machinery] crd_publish_openapi.go: validation schema', async (cluster) => {
  const defined = await define(cluster, { kind: 'Foo', versions: [{ name: 'v1', schema }] });
  const bars = [{ name: 'test-bar' }];
  assert.equal(created(cluster, defined, 'test-foo', { spec: { bars } }).code, 0);
  const unknown = created(cluster, defined, 'test-foo', { spec: { bars: [{ ...bars[0], nope: 1 }] } });
  assert.match(unknown.stderr, /unknown field "spec\.bars\[0\]\.nope"/);
  const missing = created(cluster, defined, 'test-foo', { spec: { bars: [{ age: '10' }] } });
  assert.match(missing.stderr, /spec\.bars\[0\]\.name: Required value/);
  const explain = (path: string): string => cluster.kubectl(['explain', `${defined.name}${path}`]);
  assert.match(explain(''), /Foo CRD for Testing[\s\S]*Specification of Foo/);
  assert.match(explain('.metadata'), /Standard object's metadata|ObjectMeta/);
  assert.match(explain('.spec'), /bars\s+<\[\]Object>[\s\S]*List of Bars and their specs\./);
  assert.match(explain('.spec.bars'), /name\s+<string> -required-[\s\S]*Name of Bar\./);
  assert.notEqual(cluster.tryKubectl(['explain', `${defined.name}.spec.bars2`]).code, 0);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: no validation schema', async (cluster) => {
  const described = { ...anything, description: 'preserve-unknown-properties at root for Testing' };
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: described }] });
  assert.equal(created(cluster, defined, 'test-cr', { spec: { a: null, b: [{ c: 'd' }] } }).code, 0);
  assert.match(cluster.kubectl(['explain', defined.name]), /DESCRIPTION:\s+preserve-unknown-properties at root/);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: preserve unknown at root', async (cluster) => {
  const defined = await define(cluster);
  assert.equal(created(cluster, defined, 'test-cr', { spec: { a: null, b: [{ c: 'd' }] }, other: 1 }).code, 0);
  assert.match(cluster.kubectl(['explain', defined.name]), new RegExp(`KIND:\\s+${defined.kind}`));
});

conformance('[sig-api-machinery] crd_publish_openapi.go: preserve unknown in embedded object', async (cluster) => {
  const open = { ...anything, description: 'Specification of Waldo' };
  const nested = {
    description: 'preserve-unknown-properties in nested field for Testing',
    type: 'object',
    properties: { spec: open, status: { ...anything, description: 'Status of Waldo' } },
  };
  const defined = await define(cluster, { kind: 'Waldo', versions: [{ name: 'v1', schema: nested }] });
  assert.equal(created(cluster, defined, 'test-cr', { spec: { a: null, b: [{ c: 'd' }] } }).code, 0);
  assert.match(cluster.kubectl(['explain', defined.name]), /preserve-unknown-properties in nested field for Testing/);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: CRDs of different groups', async (cluster) => {
  const versions = [{ name: 'v1', schema }];
  const first = await define(cluster, { kind: 'Foo', group: 'one', versions });
  const second = await define(cluster, { kind: 'Foo', group: 'two', versions });
  const known = await published(cluster);
  for (const defined of [first, second]) assert.equal(known[nameIn(defined, 'v1')]?.description, schema.description);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: CRDs of same group/version', async (cluster) => {
  const versions = [{ name: 'v1', schema }];
  const kinds = [await define(cluster, { kind: 'Foo', versions }), await define(cluster, { kind: 'Bar', versions })];
  const known = await published(cluster);
  for (const defined of kinds) assert.equal(known[nameIn(defined, 'v1')]?.description, schema.description);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: CRDs of same group, two versions', async (cluster) => {
  const versions = ['v1', 'v2'].map((name) => ({ name, schema }));
  const both = await define(cluster, { kind: 'Foo', versions });
  const sibling = await define(cluster, { kind: 'Bar', versions: [{ name: 'v3', schema }] });
  const known = await published(cluster);
  for (const name of [nameIn(both, 'v1'), nameIn(both, 'v2'), nameIn(sibling, 'v3')]) {
    assert.equal(known[name]?.description, schema.description, name);
  }
});

conformance('[sig-api-machinery] crd_publish_openapi.go: renamed version in OpenAPI', async (cluster) => {
  const versions = ['v2', 'v3'].map((name) => ({ name, schema }));
  const defined = await define(cluster, { kind: 'Foo', versions });
  await eventuallyPublished(cluster, nameIn(defined, 'v3'), true);
  await cluster.patch('json', `${definitions}/${defined.name}`, [
    { op: 'test', path: '/spec/versions/1/name', value: 'v3' },
    { op: 'replace', path: '/spec/versions/1/name', value: 'v4' },
  ]);
  await eventuallyPublished(cluster, nameIn(defined, 'v4'), true);
  const known = await published(cluster);
  assert.ok(!(nameIn(defined, 'v3') in known) && nameIn(defined, 'v2') in known);
});

conformance('[sig-api-machinery] crd_publish_openapi.go: unserved version leaves OpenAPI', async (cluster) => {
  const versions = ['v5', 'v6alpha1'].map((name) => ({ name, schema }));
  const defined = await define(cluster, { kind: 'Foo', versions });
  await eventuallyPublished(cluster, nameIn(defined, 'v6alpha1'), true);
  await cluster.patch('json', `${definitions}/${defined.name}`, [
    { op: 'replace', path: '/spec/versions/1/served', value: false },
  ]);
  await eventuallyPublished(cluster, nameIn(defined, 'v6alpha1'), false);
  assert.ok(nameIn(defined, 'v5') in (await published(cluster)));
});
