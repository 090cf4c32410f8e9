/**
 * Debian's Prometheus scrapes the hub's own figures with a ServiceAccount's token and the CA. It is built without discovery in
 * Kubernetes, so `kubernetes_sd_configs` are tried with Debian's VictoriaMetrics, which reads the same configuration.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CoreV1Api, NetworkingV1Api, RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Ground, ground, running, shellPod } from './ground.ts';

const missing = (program: string): string | false =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
    ? false
    : `${program} is not installed (Debian: apt-get install ${program})`;

/** The roles of `kubernetes_sd_configs`. */
const roles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const;

interface Target {
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapePool?: string;
  readonly health: string;
  readonly lastError: string;
}

/** A ServiceAccount that may find everything and read the hub's figures: its token, in a file. */
async function account(
  { namespace, config }: Ground,
  dir: string,
  after: (cleanup: () => unknown) => void,
): Promise<string> {
  const core = config.makeApiClient(CoreV1Api);
  const access = config.makeApiClient(RbacAuthorizationV1Api);
  const name = `${namespace}-prometheus`;
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'pods', 'services', 'endpoints'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch'] },
    { nonResourceURLs: ['/metrics'], verbs: ['get'] },
  ];
  await access.createClusterRole({ body: { metadata: { name }, rules } });
  after(() => access.deleteClusterRole({ name }));
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const subjects = [{ kind: 'ServiceAccount', name: 'prometheus', namespace }];
  await access.createClusterRoleBinding({ body: { metadata: { name }, roleRef, subjects } });
  after(() => access.deleteClusterRoleBinding({ name }));
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'prometheus' } } });
  const body = { spec: { audiences: [], expirationSeconds: 3600 } };
  const { status } = await core.createNamespacedServiceAccountToken({ namespace, name: 'prometheus', body });
  writeFileSync(join(dir, 'token'), status?.token ?? '', { mode: 0o600 });
  return join(dir, 'token');
}

/** How a job proves who it is, in the YAML of a list entry's level. */
const access = (token: string, ca: string, indent: string): string =>
  `authorization: {type: Bearer, credentials_file: ${token}}\n${indent}tls_config: {ca_file: ${ca}}`;

/** One job for each role; what is found is not asked for figures. */
function discovering(server: string, token: string, ca: string, namespace: string): string {
  const jobs = roles.map(
    (role) => `
- job_name: ${role}
  kubernetes_sd_configs:
  - role: ${role}
    api_server: ${server}
    ${access(token, ca, '    ')}${role === 'node' ? '' : `\n    namespaces: {names: [${namespace}]}`}
  relabel_configs:
  - {action: replace, target_label: __address__, replacement: "127.0.0.1:1"}
  - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}`,
  );
  return `global: {scrape_interval: 1s}\nscrape_configs:${jobs.join('')}\n`;
}

function scraping(server: string, token: string, ca: string): string {
  return `global: {scrape_interval: 1s}
scrape_configs:
- job_name: hub
  scheme: https
  ${access(token, ca, '  ')}
  static_configs: [{targets: ["${new URL(server).host}"]}]
`;
}

/** A started server that answers Prometheus' own API. */
interface Collector {
  /** What it answers, undefined when it does not. */
  ask<T>(path: string): Promise<T | undefined>;
  targets(pool: string): Promise<readonly Target[]>;
  /** The end of what it printed. */
  said(): string;
}

/** Starts one on a port; it ends with the test. */
function start(t: TestContext, port: number, program: string, args: readonly string[]): Collector {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill();
    await ended;
  });
  const ask: Collector['ask'] = async <T>(path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as { data: T }).data : undefined;
  };
  return {
    ask,
    said: () => said,
    async targets(pool) {
      const data = await ask<{ activeTargets: readonly Target[] }>('targets?state=active');
      return data?.activeTargets.filter(({ scrapePool, labels }) => (scrapePool ?? labels['job']) === pool) ?? [];
    },
  };
}

/** A directory with the credentials of one who may find everything, and the hub's address. */
async function credentials(
  here: Ground,
  t: TestContext,
): Promise<{ dir: string; token: string; ca: string; server: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-prometheus-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const token = await account(here, dir, (cleanup) => t.after(cleanup));
  const cluster = here.config.getCurrentCluster();
  assert.ok(cluster);
  const ca = join(dir, 'ca.crt');
  writeFileSync(ca, Buffer.from(cluster.caData ?? '', 'base64'));
  return { dir, token, ca, server: cluster.server };
}

test('Prometheus scrapes the hub', { skip: missing('prometheus') }, async (t) => {
  const here = await ground(t);
  const { dir, token, ca, server } = await credentials(here, t);
  const file = join(dir, 'prometheus.yml');
  writeFileSync(file, scraping(server, token, ca));
  const port = await freePort();
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus = start(t, port, 'prometheus', args);
  const up = async (): Promise<boolean> => (await prometheus.targets('hub'))[0]?.health === 'up';
  await eventually('the hub to be scraped', up, 40_000).catch(async (error: Error) => {
    throw new Error(`${error.message}: ${(await prometheus.targets('hub'))[0]?.lastError} ${prometheus.said()}`);
  });
  const query = encodeURIComponent('sum(apiserver_request_total)');
  const value = await eventually('the requests to be counted', async (): Promise<string | undefined> => {
    const data = await prometheus.ask<{ result: readonly { value: readonly [number, string] }[] }>(
      `query?query=${query}`,
    );
    return data?.result[0]?.value[1];
  });
  assert.ok(Number(value) > 0, value);
});

test('kubernetes_sd_configs discover nodes, Pods, Services, endpoints and ingresses, and follow changes', {
  skip: missing('victoria-metrics'),
}, async (t) => {
  const here = await ground(t);
  const { namespace, config } = here;
  const { dir, token, ca, server } = await credentials(here, t);
  const core = config.makeApiClient(CoreV1Api);
  await running(here, shellPod('web', { main: 'exec sleep 1000' }), 'web');
  const spec = { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] };
  await core.createNamespacedService({ namespace, body: { metadata: { name: 'web' }, spec } });
  const service = { name: 'web', port: { number: 80 } };
  const rules = [{ host: 'a.example', http: { paths: [{ path: '/x', pathType: 'Prefix', backend: { service } }] } }];
  await config
    .makeApiClient(NetworkingV1Api)
    .createNamespacedIngress({ namespace, body: { metadata: { name: 'web' }, spec: { rules } } });

  const file = join(dir, 'discovery.yml');
  writeFileSync(file, discovering(server, token, ca, namespace));
  const port = await freePort();
  const args = [
    `-promscrape.config=${file}`,
    `-storageDataPath=${join(dir, 'data')}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    '-promscrape.kubernetesSDCheckInterval=1s',
  ];
  const { targets, said } = start(t, port, 'victoria-metrics', args);
  const labelled = (role: string, label: string, value: string): Promise<Readonly<Record<string, string>>> =>
    eventually(
      `${role} with ${label}=${value}`,
      async () =>
        (await targets(role)).find(({ discoveredLabels }) => discoveredLabels[`__meta_kubernetes_${label}`] === value)
          ?.discoveredLabels,
      40_000,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${said()}`);
    });

  const node = await labelled('node', 'node_name', 'node-a');
  assert.equal(node['__meta_kubernetes_node_label_kubernetes_io_hostname'], 'node-a');
  const pod = await labelled('pod', 'pod_name', 'web');
  assert.deepEqual(
    [pod['__meta_kubernetes_pod_phase'], pod['__meta_kubernetes_pod_ready'], pod['__meta_kubernetes_pod_node_name']],
    ['Running', 'true', 'node-a'],
  );
  const svc = await labelled('service', 'service_name', 'web');
  assert.deepEqual(
    [svc['__meta_kubernetes_service_port_name'], svc['__meta_kubernetes_service_type']],
    ['http', 'ClusterIP'],
  );
  const endpoints = await labelled('endpoints', 'endpoints_name', 'web');
  assert.deepEqual(
    [endpoints['__meta_kubernetes_endpoint_ready'], endpoints['__meta_kubernetes_pod_name']],
    ['true', 'web'],
  );
  const slice = await labelled('endpointslice', 'service_name', 'web');
  assert.deepEqual(
    [slice['__meta_kubernetes_endpointslice_endpoint_conditions_ready'], slice['__meta_kubernetes_pod_name']],
    ['true', 'web'],
  );
  const ingress = await labelled('ingress', 'ingress_name', 'web');
  assert.deepEqual(
    [ingress['__meta_kubernetes_ingress_host'], ingress['__meta_kubernetes_ingress_path']],
    ['a.example', '/x'],
  );

  const second = shellPod('second', { main: 'exec sleep 1000' }) as V1Pod;
  await core.createNamespacedPod({ namespace, body: second });
  await labelled('pod', 'pod_name', 'second');
  await core.deleteNamespacedPod({ namespace, name: 'second' });
  await eventually('the second Pod to be forgotten', async () => (await targets('pod')).length === 1, 40_000);
});
