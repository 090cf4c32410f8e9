/** Admission policies in CEL at work: what validating ones refuse, what mutating ones change. */
import assert from 'node:assert/strict';
import { apps, workload } from '../objects.ts';
import { bindPolicy } from '../policies.ts';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

const deployment = (name: string, replicas: number): ApiObject => workload('Deployment', name, { replicas });

/** The other namespaces are not bound: `default` is one of them. */
const elsewhere = '/apis/apps/v1/namespaces/default/deployments?dryRun=All';

async function refused(cluster: Cluster, name: string, replicas: number, why: string): Promise<void> {
  const { status, body } = await cluster.api('POST', apps(cluster, 'deployments'), deployment(name, replicas));
  const { namespace } = cluster;
  assert.equal(status, 422);
  assert.equal(body['reason'], 'Invalid');
  assert.equal(
    body['message'],
    `deployments.apps "${name}" is forbidden: ValidatingAdmissionPolicy '${namespace}' with binding '${namespace}' denied request: ${why}`,
  );
}

conformance('[sig-api-machinery] validatingadmissionpolicy.go: VAP validates Deployment', async (cluster) => {
  const { ok, api, patch } = cluster;
  const validations = [
    {
      expression: 'object.spec.replicas > 1',
      messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)",
    },
    { expression: 'namespaceObject.metadata.name == object.metadata.namespace', message: 'wrong namespace' },
  ];
  await bindPolicy(cluster, 'validating', { validations }, { validationActions: ['Deny'] });
  await refused(cluster, 'few', 1, 'wants replicas > 1, got 1');
  await ok('POST', apps(cluster, 'deployments'), deployment('enough', 2));
  const path = apps(cluster, 'deployments', 'enough');
  const { status } = await api('PATCH', path, { spec: { replicas: 1 } }, { type: 'application/merge-patch+json' });
  assert.equal(status, 422);
  assert.equal((await ok('GET', path))['spec'].replicas, 2);
  await patch('merge', path, { spec: { replicas: 3 } });
  assert.equal((await api('POST', elsewhere, deployment('few', 1))).status, 201);
});

conformance('[sig-api-machinery] validatingadmissionpolicy.go: VAP variables', async (cluster) => {
  const { ok, api } = cluster;
  const variables = [
    { name: 'replicas', expression: 'object.spec.replicas' },
    { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' },
  ];
  const validations = [
    { expression: 'variables.replicas > 1' },
    { expression: 'variables.oddReplicas', message: 'odd replicas only' },
  ];
  await bindPolicy(cluster, 'validating', { variables, validations }, { validationActions: ['Deny'] });
  await refused(cluster, 'few', 1, 'failed expression: variables.replicas > 1');
  await refused(cluster, 'even', 4, 'odd replicas only');
  await ok('POST', apps(cluster, 'deployments'), deployment('odd', 3));
  assert.equal((await api('POST', elsewhere, deployment('even', 4))).status, 201);
});

const mutations = (expression: string): object[] => [
  { patchType: 'ApplyConfiguration', applyConfiguration: { expression } },
];

conformance('[sig-api-machinery] mutatingadmissionpolicy.go: MAP mutates Deployment', async (cluster) => {
  const { ok, api } = cluster;
  const spec = {
    reinvocationPolicy: 'Never',
    variables: [{ name: 'wanted', expression: 'object.spec.replicas < 2 ? 2 : object.spec.replicas' }],
    mutations: [
      ...mutations('Object{spec: Object.spec{replicas: variables.wanted}}'),
      {
        patchType: 'JSONPatch',
        jsonPatch: {
          expression: `[JSONPatch{op: "add", path: "/spec/template/metadata/labels/" + jsonpatch.escapeKey("example.com/seen"),
            value: string(object.spec.replicas)}]`,
        },
      },
    ],
  };
  await bindPolicy(cluster, 'mutating', spec);
  const made = await ok('POST', apps(cluster, 'deployments'), deployment('few', 1));
  assert.equal(made['spec'].replicas, 2);
  const { spec: stored } = await ok('GET', apps(cluster, 'deployments', 'few'));
  assert.equal((stored as ApiObject['spec']).replicas, 2);
  assert.equal((stored as ApiObject['spec']).template.metadata.labels['example.com/seen'], '2');
  const { body } = await api('POST', elsewhere, deployment('few', 1));
  assert.equal(body['spec'].replicas, 1);
});

conformance('[sig-api-machinery] mutatingadmissionpolicy.go: MAP adds annotations', async (cluster) => {
  const { ok, api } = cluster;
  const expression = `Object{metadata: Object.metadata{annotations: {"my-foo-annotation": "myAnnotationValue"}}}`;
  await bindPolicy(cluster, 'mutating', {
    reinvocationPolicy: 'Never',
    mutations: mutations(expression),
  });
  const given = deployment('annotated', 1);
  given.metadata.annotations = { mine: 'stays' };
  const made = await ok('POST', apps(cluster, 'deployments'), given);
  assert.deepEqual(made.metadata.annotations, { mine: 'stays', 'my-foo-annotation': 'myAnnotationValue' });
  const { body } = await api('POST', elsewhere, deployment('plain', 1));
  assert.equal(body.metadata.annotations, undefined);
});
