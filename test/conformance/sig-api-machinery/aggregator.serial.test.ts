/** Another API server behind the hub: deployed, registered, asked through the hub, and taken away again. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestAuthority } from '../../support/certificates.ts';
import { group, version } from '../../support/sample-api-server.ts';
import { apps, container, core, podSpec, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';
import { folder, freePort } from '../web-server.ts';

const program = fileURLToPath(new URL('../../support/sample-api-server-main.ts', import.meta.url));
const registrations = '/apis/apiregistration.k8s.io/v1/apiservices';
const registration = `${registrations}/${version}.${group}`;
const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** Lets the server read how the hub says who asks, and ask the hub whether they may. */
async function letDelegate({ namespace, ok, after, api }: Cluster): Promise<void> {
  const bindings: [string, string, string][] = [
    ['RoleBinding', `${rbac}/namespaces/kube-system/rolebindings`, 'extension-apiserver-authentication-reader'],
    ['ClusterRoleBinding', `${rbac}/clusterrolebindings`, 'system:auth-delegator'],
  ];
  for (const [kind, path, name] of bindings) {
    after(() => api('DELETE', `${path}/${namespace}`));
    await ok('POST', path, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind,
      metadata: { name: namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: kind.replace('Binding', ''), name },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    });
  }
}

/** Deploys the server behind a Service; answers the base64 of who signed its certificate. */
async function deploy(cluster: Cluster): Promise<string> {
  const { namespace, ok } = cluster;
  const authority = await createTestAuthority();
  const { cert, key } = await authority.server('sample-api', [`sample-api.${namespace}.svc`]);
  const dir = folder(cluster);
  const files = { TLS_CERT: join(dir, 'tls.crt'), TLS_KEY: join(dir, 'tls.key') };
  writeFileSync(files.TLS_CERT, cert);
  writeFileSync(files.TLS_KEY, key);
  const port = await freePort();
  const url = cluster.address('/').url.replace(/^ws/, 'http');
  const env = Object.entries({ ...files, PORT: String(port), HUB_URL: url }).map(([name, value]) => ({ name, value }));
  const main = container('', {
    command: [process.execPath, program],
    env,
    ports: [{ containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  });
  const template = podSpec(undefined, { containers: [main] });
  await ok('POST', apps(cluster, 'deployments'), workload('Deployment', 'sample-api', { replicas: 1, template }));
  await ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'sample-api' },
    spec: { selector: { app: 'sample-api' }, ports: [{ port: 443, targetPort: port }] },
  });
  await cluster.eventually(apps(cluster, 'deployments', 'sample-api'), (one) => one['status']?.availableReplicas === 1);
  return Buffer.from(authority.ca).toString('base64');
}

const available = (one: ApiObject): boolean =>
  one['status']?.conditions?.some(
    (condition: { type: string; status: string }) => condition.type === 'Available' && condition.status === 'True',
  ) === true;

/** Creates, reads, changes, lists and deletes objects of the other server. */
async function playObjects(cluster: Cluster): Promise<void> {
  const { namespace, ok, api } = cluster;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/flunders`;
  const flunder = (name: string): object => ({
    apiVersion: `${group}/${version}`,
    kind: 'Flunder',
    metadata: { name, labels: { 'sample-label': 'true' } },
  });
  const watching = await cluster.watch(`${path}?watch=true`);
  const made = await api<ApiObject>('POST', path, flunder('rest'));
  assert.equal(made.status, 201);
  // it was told who asks, by somebody it believes
  const { annotations } = made.body.metadata as { annotations?: Record<string, string> };
  assert.equal(annotations?.['created-by'], 'coracle-admin');
  assert.equal((await cluster.items(path)).length, 1);
  assert.equal((await ok('GET', `${path}/rest`)).metadata.name, 'rest');
  assert.equal((await cluster.patch('merge', `${path}/rest`, { spec: { size: 3 } }))['spec'].size, 3);
  await ok('DELETE', `${path}/rest`);
  assert.equal((await cluster.items(path)).length, 0);
  await until(() => watching.events.length >= 3);
  assert.deepEqual(
    watching.events.map(({ type }) => type),
    ['ADDED', 'MODIFIED', 'DELETED'],
  );
  // the real client finds the kind by discovery
  cluster.kubectl(['create', '-f', '-'], JSON.stringify(flunder('dynamic')));
  assert.equal(cluster.kubectl(['get', 'flunders', '-o', 'name']).trim(), `flunder.${group}/dynamic`);
  await ok('POST', path, flunder('another'));
  await ok('DELETE', path);
  assert.equal((await cluster.items(path)).length, 0);
}

/** The APIService as an API object: its status written, itself read, changed and found. */
async function playRegistration(cluster: Cluster): Promise<void> {
  const { namespace, ok } = cluster;
  assert.ok(available(await ok('GET', `${registration}/status`)));
  assert.ok((await cluster.items(registrations)).some(({ metadata }) => metadata.name === `${version}.${group}`));
  const labelled = await cluster.patch('merge', registration, { metadata: { labels: { apiservice: namespace } } });
  assert.equal((labelled.metadata as { labels?: Record<string, string> }).labels?.['apiservice'], namespace);
  const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'set from the test' };
  type Condition = { type: string };
  const { conditions } = (await ok('GET', registration))['status'] as { conditions: Condition[] };
  const patched = await cluster.patch('merge', `${registration}/status`, {
    status: { conditions: [...conditions, condition] },
  });
  assert.ok(patched['status'].conditions.some((one: Condition) => one.type === 'StatusPatched'));
  patched['status'].conditions.push({ ...condition, type: 'StatusUpdated' });
  const updated = await ok('PUT', `${registration}/status`, patched);
  assert.ok(updated['status'].conditions.some((one: Condition) => one.type === 'StatusUpdated'));
  const found = await cluster.items(`${registrations}?labelSelector=apiservice%3D${namespace}`);
  assert.equal(found.length, 1);
}

conformance('[sig-api-machinery] aggregator.go: sample-apiserver through aggregator', async (cluster) => {
  const { namespace, ok, api } = cluster;
  await letDelegate(cluster);
  const caBundle = await deploy(cluster);
  cluster.after(() => api('DELETE', registration));
  await ok('POST', registrations, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}` },
    spec: {
      service: { namespace, name: 'sample-api' },
      group,
      version,
      caBundle,
      groupPriorityMinimum: 2000,
      versionPriority: 200,
    },
  });
  await cluster.eventually(registration, available);
  const { groups } = await ok<{ groups: { name: string }[] }>('GET', '/apis');
  assert.ok(groups.some(({ name }) => name === group));
  await playObjects(cluster);
  await playRegistration(cluster);
  await ok('DELETE', `${registrations}?labelSelector=apiservice%3D${namespace}`);
  await cluster.gone(registration);
  assert.equal((await api('GET', `/apis/${group}/${version}`)).status, 404);
  assert.equal((await api('GET', registrations)).status, 200);
});
