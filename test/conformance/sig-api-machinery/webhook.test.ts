/** Webhook configurations as API objects. */
import assert from 'node:assert/strict';
import { type ApiObject, type Cluster, conformance } from '../suite.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const excluded = { name: 'exclude-leases', expression: '!(request.resource.group == "coordination.k8s.io")' };
const narrowed = { name: 'only-marked', expression: 'object.metadata.name.startsWith("marked-")' };

async function keepsMatchConditions(cluster: Cluster, kind: string, resource: string): Promise<void> {
  const { namespace, ok } = cluster;
  const path = `${group}/${resource}/${namespace}`;
  cluster.after(() => cluster.api('DELETE', path));
  const webhook = {
    name: 'mark.example.com',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    clientConfig: { url: 'https://127.0.0.1:1/never' },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    // matches no namespace there is
    namespaceSelector: { matchLabels: { nothing: namespace } },
    matchConditions: [excluded],
  };
  await ok('POST', `${group}/${resource}`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: namespace },
    webhooks: [webhook],
  });
  const created = await ok('GET', path);
  assert.deepEqual(created['webhooks'][0].matchConditions, [excluded]);
  created['webhooks'][0].matchConditions = [excluded, narrowed];
  await ok('PUT', path, created);
  assert.deepEqual((await ok('GET', path))['webhooks'][0].matchConditions, [excluded, narrowed]);
}

conformance('[sig-api-machinery] webhook.go: mutating matchConditions create/update', (cluster) =>
  keepsMatchConditions(cluster, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
);

conformance('[sig-api-machinery] webhook.go: validating matchConditions create/update', (cluster) =>
  keepsMatchConditions(cluster, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
);

async function refusesConditions(cluster: Cluster, kind: string, resource: string): Promise<void> {
  const { api, namespace } = cluster;
  cluster.after(() => api('DELETE', `${group}/${resource}/${namespace}`));
  const answer = await api('POST', `${group}/${resource}`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { name: namespace },
    webhooks: [
      {
        name: 'mark.example.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: { url: 'https://127.0.0.1:1/never' },
        matchConditions: [{ name: 'invalid', expression: '... [] bad expression' }],
      },
    ],
  });
  assert.equal(answer.status, 422);
  assert.equal(answer.body['reason'], 'Invalid');
  assert.match(answer.body['message'], /webhooks\[0\]\.matchConditions\[0\]\.expression: .*compilation failed/);
}

conformance('[sig-api-machinery] webhook.go: reject invalid mutating matchConditions', (cluster) =>
  refusesConditions(cluster, 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations'),
);

conformance('[sig-api-machinery] webhook.go: reject invalid validating matchConditions', (cluster) =>
  refusesConditions(cluster, 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
);

conformance('[sig-api-machinery] webhook.go: webhook resources in discovery', async ({ ok }) => {
  const named = (list: ApiObject[], name: string): ApiObject | undefined => list.find((one) => one['name'] === name);
  const wanted = { groupVersion: 'admissionregistration.k8s.io/v1', version: 'v1' };
  const found = named((await ok('GET', '/apis'))['groups'], 'admissionregistration.k8s.io');
  assert.ok(found?.['versions'].some((one: object) => JSON.stringify(one) === JSON.stringify(wanted)));
  const own = await ok('GET', '/apis/admissionregistration.k8s.io');
  assert.ok(own['versions'].some((one: object) => JSON.stringify(one) === JSON.stringify(wanted)));
  const { resources } = (await ok('GET', group)) as unknown as { resources: ApiObject[] };
  assert.equal(named(resources, 'mutatingwebhookconfigurations')?.kind, 'MutatingWebhookConfiguration');
  assert.equal(named(resources, 'validatingwebhookconfigurations')?.kind, 'ValidatingWebhookConfiguration');
});
