/** Objects brought into the form a Go server answers with. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';

const conformer = createConformer(loadSchemas());
const pod = 'io.k8s.api.core.v1.Pod';
const configMap = 'io.k8s.api.core.v1.ConfigMap';
const deployment = 'io.k8s.api.apps.v1.Deployment';

function conformed(type: string, object: object): { object: object; problems: readonly string[] } {
  const problems = conformer.conform(type, object);
  return { object, problems };
}

describe('conforming', () => {
  it('tells unknown fields by path, and drops them', () => {
    const containers = [{ name: 'c', image: 'i', imag: 'x', ports: [{ containerPort: 1, hostport: 2 }] }];
    const { object, problems } = conformed(pod, { metadata: {}, spec: { containers, foo: {} }, status: {}, Data: 1 });
    assert.deepEqual(problems, [
      'unknown field "spec.containers[0].imag"',
      'unknown field "spec.containers[0].ports[0].hostport"',
      'unknown field "spec.foo"',
      'unknown field "Data"',
    ]);
    assert.deepEqual(object, {
      metadata: {},
      spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1 }], resources: {} }] },
      status: {},
    });
  });

  it('drops null and zero values, and prints those Go prints', () => {
    const { object } = conformed(deployment, {
      metadata: { creationTimestamp: null, labels: {}, name: 'd' },
      spec: {
        replicas: 0,
        paused: false,
        template: { spec: { containers: [{ name: 'c', args: [], env: null }], hostNetwork: false, volumes: [] } },
      },
    });
    assert.deepEqual(object, {
      metadata: { name: 'd' },
      spec: {
        replicas: 0,
        selector: null,
        strategy: {},
        template: { metadata: {}, spec: { containers: [{ name: 'c', resources: {} }] } },
      },
      status: {},
    });
  });

  it('keeps empty objects behind pointers and empty strings in maps', () => {
    const { object } = conformed(pod, { spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] } });
    assert.deepEqual((object as { spec: unknown }).spec, { containers: [], volumes: [{ name: 'v', emptyDir: {} }] });
    const { object: map } = conformed(configMap, { metadata: {}, data: { a: '', b: null } });
    assert.deepEqual(map, { metadata: {}, data: { a: '', b: '' } });
  });

  it('keeps an empty list whose default is another one than that of none', () => {
    const object = { spec: { behavior: { scaleUp: { policies: [] } } } };
    conformed('io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', object);
    assert.deepEqual(object.spec.behavior, { scaleUp: { policies: [] } });
  });

  it('makes quantities and times canonical', () => {
    const resources = { limits: { cpu: '1000m', memory: '1.5Gi', x: 2 } };
    const { object } = conformed(pod, {
      spec: { containers: [{ name: 'c', resources }] },
      status: { startTime: '2024-01-01T02:00:00.5+01:00' },
    });
    assert.deepEqual(resources.limits, { cpu: '1', memory: '1536Mi', x: '2' });
    assert.deepEqual((object as { status: unknown }).status, { startTime: '2024-01-01T01:00:00Z' });
  });

  const faults: readonly (readonly [string, object, string])[] = [
    [
      deployment,
      { spec: { replicas: '3' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      deployment,
      { spec: { strategy: { rollingUpdate: { maxSurge: 2147483648 } } } },
      'json: cannot unmarshal number 2147483648 into Go value of type int32',
    ],
    [
      deployment,
      { spec: { strategy: { rollingUpdate: { maxSurge: 0.5 } } } },
      'json: cannot unmarshal number 0.5 into Go value of type int32',
    ],
    [
      configMap,
      { metadata: { labels: [] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      configMap,
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      pod,
      { spec: { containers: [{ image: true }, 5] } },
      'json: cannot unmarshal bool into Go struct field Container.spec.containers.image of type string',
    ],
    [configMap, { binaryData: { a: 'not base64' } }, 'illegal base64 data at input byte 3'],
    [
      'io.k8s.api.coordination.v1.Lease',
      { spec: { renewTime: 'x' } },
      'parsing time "x" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "x" as "2006"',
    ],
    [
      pod,
      { spec: { overhead: { cpu: 'x' } } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
  ];
  for (const [type, object, message] of faults) {
    it(`refuses ${JSON.stringify(object)} in Go's words`, () => {
      assert.throws(() => conformer.conform(type, object), { message });
    });
  }

  it('changes nothing in what was conformed before', () => {
    const { object } = conformed(deployment, { metadata: { name: 'd' }, spec: { template: { spec: {} } } });
    const before = JSON.stringify(object);
    assert.deepEqual(conformer.conform(deployment, object), []);
    assert.equal(JSON.stringify(object), before);
  });

  it('looks at the metadata of custom objects only', () => {
    const { object, problems } = conformed('com.example.v1.Boat', {
      metadata: { name: 'b', junk: 1 },
      spec: { a: null },
    });
    assert.deepEqual(problems, ['unknown field "metadata.junk"']);
    assert.deepEqual(object, { metadata: { name: 'b' }, spec: { a: null } });
  });

  it('reads schemas within schemas, wherever they may be true or false instead', () => {
    const schema = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    const { object, problems } = conformed(schema, {
      type: 'array',
      items: { type: 'object', properties: { a: { maxLenth: 1 } }, additionalProperties: true, nullable: false },
      additionalProperties: 'x',
    });
    assert.deepEqual(problems, ['unknown field "items.properties.a.maxLenth"']);
    assert.deepEqual(JSON.parse(JSON.stringify(object)), {
      type: 'array',
      items: { type: 'object', properties: { a: {} }, additionalProperties: true },
    });
    assert.throws(() => conformed(schema, { items: { allOf: 'x' } }), /cannot unmarshal string into Go/);
  });
});
