/** CustomResourceDefinitions as objects, and the life of what they define. */
import assert from 'node:assert/strict';
import { anything, define, definitionOf, definitions, isEstablished } from '../custom.ts';
import { type ApiObject, conformance } from '../suite.ts';

conformance('[sig-api-machinery] custom_resource_definition.go: create/delete CRD', async (cluster) => {
  const { body, defined } = definitionOf(cluster);
  await cluster.ok('POST', definitions, body);
  await cluster.eventually(`${definitions}/${defined.name}`, isEstablished);
  assert.deepEqual(await cluster.items(defined.path()), []);
  await cluster.ok('DELETE', `${definitions}/${defined.name}`);
  await cluster.gone(`${definitions}/${defined.name}`);
  assert.equal((await cluster.api('GET', defined.path())).status, 404);
});

conformance('[sig-api-machinery] custom_resource_definition.go: CRD status subresource', async (cluster) => {
  const defined = await define(cluster);
  const path = `${definitions}/${defined.name}`;
  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E', message: 'set by a test' });
  const now = await cluster.ok('GET', `${path}/status`);
  now['status'].conditions.push(condition('StatusUpdate'));
  await cluster.ok('PUT', `${path}/status`, now);
  await cluster.patch('json', `${path}/status`, [
    { op: 'add', path: '/status/conditions/-', value: condition('StatusPatch') },
  ]);
  const types = (await cluster.ok('GET', path))['status'].conditions.map(({ type }: { type: string }) => type);
  assert.ok(types.includes('StatusUpdate') && types.includes('StatusPatch'), types.join());
});

conformance('[sig-api-machinery] custom_resource_definition.go: list CRDs', async (cluster) => {
  const label = { 'e2e-list-test-uuid': cluster.namespace };
  for (let index = 0; index < 10; index += 1) await define(cluster, { kind: `Boat${index}`, labels: label });
  const other = await define(cluster, { kind: 'Ship' });
  const selected = `${definitions}?labelSelector=e2e-list-test-uuid%3D${cluster.namespace}`;
  assert.equal((await cluster.items(selected)).length, 10);
  await cluster.ok('DELETE', selected);
  await cluster.eventually(selected, (list) => list['items'].length === 0);
  assert.equal((await cluster.ok('GET', `${definitions}/${other.name}`)).metadata.name, other.name);
});

conformance('[sig-api-machinery] custom_resource_definition.go: CR defaulting', async (cluster) => {
  const schema = (b: object): object => ({
    type: 'object',
    properties: { a: { type: 'string', default: 'A' }, b: { type: 'string', ...b }, c: { type: 'string' } },
  });
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: schema({}) }] });
  const made = await cluster.ok('POST', defined.path(), defined.object('one', {}));
  assert.equal(made['a'], 'A');
  const properties = '/spec/versions/0/schema/openAPIV3Schema/properties';
  await cluster.patch('json', `${definitions}/${defined.name}`, [
    { op: 'add', path: `${properties}/b/default`, value: 'B' },
    { op: 'remove', path: `${properties}/a/default` },
  ]);
  const read = await cluster.eventually(`${defined.path()}/one`, (object) => object['b'] === 'B');
  assert.equal(read['a'], 'A', 'what was stored stays');
  const next = await cluster.ok('POST', defined.path(), defined.object('two', {}));
  assert.deepEqual([next['a'], next['b']], [undefined, 'B']);
});

conformance('[sig-api-machinery] custom_resource_definition.go: CRD in discovery', async (cluster) => {
  const root = await cluster.ok<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>('GET', '/apis');
  const group = root.groups.find(({ name }) => name === 'apiextensions.k8s.io');
  assert.ok(group?.versions.some(({ groupVersion }) => groupVersion === 'apiextensions.k8s.io/v1'));
  const alone = await cluster.ok('GET', '/apis/apiextensions.k8s.io');
  assert.ok(alone['versions'].some(({ version }: { version: string }) => version === 'v1'));
  const version = await cluster.ok('GET', '/apis/apiextensions.k8s.io/v1');
  assert.ok(version['resources'].some(({ name }: { name: string }) => name === 'customresourcedefinitions'));
});

conformance('[sig-api-machinery] crd_watch.go: watch custom resources', async (cluster) => {
  const defined = await define(cluster, { scope: 'Cluster' });
  const watchOf = (name: string): ReturnType<typeof cluster.watch> =>
    cluster.watch(`${defined.path()}?watch=true&fieldSelector=metadata.name%3D${name}`);
  const [first, second] = [await watchOf('name1'), await watchOf('name2')];
  const names = ['name1', 'name2'];
  for (const name of names) await cluster.ok('POST', defined.path(), defined.object(name, { content: {} }));
  for (const name of names) {
    await cluster.patch('json', `${defined.path()}/${name}`, [{ op: 'add', path: '/dummy', value: 'test' }]);
  }
  for (const name of names) await cluster.ok('DELETE', `${defined.path()}/${name}`);
  for (const [index, watch] of [first, second].entries()) {
    await cluster.eventually(definitions, () => watch.events.length >= 3);
    assert.deepEqual(
      watch.events.map(({ type, object }) => [type, object.metadata.name]),
      ['ADDED', 'MODIFIED', 'DELETED'].map((type) => [type, names[index]]),
    );
  }
});

/** A body to apply strictly. */
async function applied(
  cluster: Parameters<Parameters<typeof conformance>[1]>[0],
  path: string,
  body: string | ApiObject,
): Promise<{ status: number; message: string }> {
  const { status, body: answer } = await cluster.api(
    'PATCH',
    `${path}?fieldManager=test&fieldValidation=Strict`,
    body,
    {
      type: 'application/apply-patch+yaml',
    },
  );
  return { status, message: answer['message'] ?? '' };
}

const ports = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        knownField1: { type: 'string' },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
          items: {
            type: 'object',
            required: ['containerPort', 'protocol'],
            properties: {
              containerPort: { type: 'integer', format: 'int32' },
              hostIP: { type: 'string' },
              protocol: { type: 'string' },
            },
          },
        },
        template: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          properties: { metadata: { type: 'object', properties: { name: { type: 'string' } } } },
        },
      },
    },
  },
};

const spec = { knownField1: 'val1', ports: [{ containerPort: 8080, hostIP: '10.0.0.1', protocol: 'TCP' }] };

conformance('[sig-api-machinery] field_validation.go: CR, no schema, unknown fields', async (cluster) => {
  const defined = await define(cluster);
  const body = defined.object('mytest', { spec: { foo: 'foo1', cronSpec: '* * * * */5' }, unknownField: 'x' });
  assert.deepEqual(await applied(cluster, `${defined.path()}/mytest`, body), { status: 201, message: '' });
});

conformance('[sig-api-machinery] field_validation.go: CR, schema, valid', async (cluster) => {
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: ports }] });
  const body = defined.object('mytest', { spec });
  assert.deepEqual(await applied(cluster, `${defined.path()}/mytest`, body), { status: 201, message: '' });
});

conformance('[sig-api-machinery] field_validation.go: CR, schema, extra property', async (cluster) => {
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: ports }] });
  const body = defined.object('mytest', { spec, unknownField: 'unknown' });
  const { status, message } = await applied(cluster, `${defined.path()}/mytest`, body);
  assert.ok(status >= 400);
  assert.match(message, /\.unknownField: field not declared in schema/);
});

conformance('[sig-api-machinery] field_validation.go: CR duplicate keys', async (cluster) => {
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: anything }] });
  const lines = [
    `apiVersion: ${defined.group}/v1`,
    `kind: ${defined.kind}`,
    'metadata:',
    '  name: mytest',
    'unknownField: unknown',
    'spec:',
    '  knownField1: val1',
    '  ports:',
    '  - containerPort: 8080',
    '  foo: foo1',
    '  foo: foo2',
  ];
  const { status, message } = await applied(cluster, `${defined.path()}/mytest`, lines.join('\n'));
  assert.equal(status, 400);
  assert.match(message, /line 11: key "foo" already set in map/);
});

conformance('[sig-api-machinery] field_validation.go: CR unknown metadata', async (cluster) => {
  const defined = await define(cluster, { versions: [{ name: 'v1', schema: ports }] });
  const atRoot = defined.object('mytest', { spec });
  atRoot.metadata['unknownMeta'] = 'foo';
  const root = await applied(cluster, `${defined.path()}/mytest`, atRoot);
  assert.match(root.message, /\.metadata\.unknownMeta: field not declared in schema/);
  const template = { apiVersion: 'foo/v1', kind: 'Sub', metadata: { name: 'subobject', unknownSubMeta: 'unknown' } };
  const inside = defined.object('mytest', { spec: { ...spec, template } });
  const nested = await applied(cluster, `${defined.path()}/mytest`, inside);
  assert.match(nested.message, /\.spec\.template\.metadata\.unknownSubMeta: field not declared in schema/);
});
