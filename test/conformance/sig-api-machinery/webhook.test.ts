/** Webhook configurations as API objects. */
import assert from 'node:assert/strict';
import { type Cluster, conformance } from '../suite.ts';

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
