/** Discovery in one document, and the forms an answer can have. */
import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { define } from '../custom.ts';
import { type Cluster, conformance } from '../suite.ts';

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface Aggregated {
  kind: string;
  apiVersion: string;
  items: {
    metadata: { name?: string };
    versions: { version: string; resources: { resource: string; responseKind: { kind: string } }[] }[];
  }[];
}

/** `group/version/resource` of everything the aggregated documents tell. */
async function aggregated({ api }: Cluster): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of ['/api', '/apis']) {
    const { status, body, type } = await api<Aggregated>('GET', path, undefined, { headers: { accept } });
    assert.equal(status, 200);
    assert.match(type, /g=apidiscovery\.k8s\.io;v=v2;as=APIGroupDiscoveryList/);
    assert.equal(body.kind, 'APIGroupDiscoveryList');
    assert.equal(body.apiVersion, 'apidiscovery.k8s.io/v2');
    for (const { metadata, versions } of body.items) {
      for (const { version, resources } of versions) {
        for (const { resource } of resources) found.add(`${metadata.name ?? ''}/${version}/${resource}`);
      }
    }
  }
  return found;
}

conformance('[sig-api-machinery] aggregated_discovery.go: aggregated discovery client', async (cluster) => {
  const found = await aggregated(cluster);
  const expected = [
    'admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    'apiextensions.k8s.io/v1/customresourcedefinitions',
    'apiregistration.k8s.io/v1/apiservices',
    'apps/v1/deployments',
    'authentication.k8s.io/v1/tokenreviews',
    'authorization.k8s.io/v1/selfsubjectaccessreviews',
    'autoscaling/v1/horizontalpodautoscalers',
    'autoscaling/v2/horizontalpodautoscalers',
    'batch/v1/jobs',
    'certificates.k8s.io/v1/certificatesigningrequests',
    'coordination.k8s.io/v1/leases',
    'discovery.k8s.io/v1/endpointslices',
    'networking.k8s.io/v1/ingresses',
    'node.k8s.io/v1/runtimeclasses',
    'policy/v1/poddisruptionbudgets',
    'scheduling.k8s.io/v1/priorityclasses',
    '/v1/pods',
    '/v1/namespaces',
    'storage.k8s.io/v1/csinodes',
  ];
  assert.deepEqual(
    expected.filter((one) => !found.has(one)),
    [],
  );
  const { groups } = await cluster.ok<{ groups: { versions: { groupVersion: string }[] }[] }>('GET', '/apis');
  for (const { groupVersion } of groups.flatMap((group) => group.versions)) {
    assert.ok(
      [...found].some((one) => one.startsWith(`${groupVersion}/`)),
      groupVersion,
    );
  }
});

conformance('[sig-api-machinery] aggregated_discovery.go: raw aggregated discovery Accept', async (cluster) => {
  const found = await aggregated(cluster);
  for (const one of ['/v1/pods', 'apps/v1/deployments', 'apiextensions.k8s.io/v1/customresourcedefinitions']) {
    assert.ok(found.has(one), one);
  }
});

conformance('[sig-api-machinery] aggregated_discovery.go: raw aggregated discovery, CRD', async (cluster) => {
  const versions = [
    { name: 'v1' },
    { name: 'v2', more: { subresources: { status: {} } } },
    { name: 'v3', served: false },
  ];
  const { group, plural } = await define(cluster, { versions });
  const ofKind = async (): Promise<string[]> => [...(await aggregated(cluster))].filter((one) => one.startsWith(group));
  const both = await eventually(
    'both versions in discovery',
    async () => {
      const found = await ofKind();
      return found.length === 2 && found;
    },
    30_000,
  );
  assert.deepEqual(both, [`${group}/v2/${plural}`, `${group}/v1/${plural}`]);
});

conformance('[sig-api-machinery] aggregated_discovery.go: aggregated discovery client, CRD', async (cluster) => {
  // kubectl asks for the aggregated documents first, as client-go does
  const { group, plural } = await define(cluster, { kind: 'Ship' });
  const seen = (): string => cluster.kubectl(['api-resources', '--api-group', group, '--no-headers']);
  const line = await eventually('the kind in kubectl', () => seen().trim() || undefined, 30_000);
  assert.deepEqual(line.split(/\s+/), [plural, `${group}/v1`, 'true', 'Ship']);
});

/** Names of the resources a group version lists, the group and version being announced in both documents above it. */
async function listed({ ok }: Cluster, group: string, version: string): Promise<string[]> {
  type Group = { name: string; versions: { version: string }[] };
  const { groups } = await ok<{ groups: Group[] }>('GET', '/apis');
  const alone = await ok<Group>('GET', `/apis/${group}`);
  for (const one of [groups.find(({ name }) => name === group), alone]) {
    assert.ok(one?.versions.some((each) => each.version === version));
  }
  const { resources } = await ok<{ resources: { name: string }[] }>('GET', `/apis/${group}/${version}`);
  return resources.map(({ name }) => name);
}

conformance('[sig-api-machinery] webhook.go: webhook resources in discovery', async (cluster) => {
  const names = await listed(cluster, 'admissionregistration.k8s.io', 'v1');
  assert.ok(names.includes('mutatingwebhookconfigurations'));
  assert.ok(names.includes('validatingwebhookconfigurations'));
});

conformance('[sig-api-machinery] custom_resource_definition.go: CRD in discovery', async (cluster) => {
  const names = await listed(cluster, 'apiextensions.k8s.io', 'v1');
  assert.ok(names.includes('customresourcedefinitions'));
});

conformance('[sig-api-machinery] table_conversion.go: 406 for no metadata backend', async ({ api }) => {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
  };
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { status, body } = await api('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, {
    headers,
  });
  assert.equal(status, 406);
  assert.equal(body['reason'], 'NotAcceptable');
});
