/** The API server as its users load it: writes and reads as ratios to a bare HTTPS server, lists, watches, Pods bound. */
import { startHub } from '../support/coracle.ts';
import { LoadClient, series } from './load-client.ts';
import type { Benchmark, Measurement } from './measurement.ts';
import { podsBound } from './pods-bound.ts';
import { watchFanOut } from './watch-fan-out.ts';
import { haveWrk, startFloor, wrk } from './wrk.ts';

const namespace = 'bench';
const base = `/api/v1/namespaces/${namespace}`;
const targets = { create: 0.45, get: 0.6, update: 0.4 } as const;

async function administratorToken(client: LoadClient): Promise<string> {
  await client.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await client.call('POST', `${base}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'load' },
  });
  await client.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'load' },
    subjects: [{ kind: 'ServiceAccount', name: 'load', namespace }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  });
  const answer = await client.call('POST', `${base}/serviceaccounts/load/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  });
  return (JSON.parse(answer.text()) as { status: { token: string } }).status.token;
}

async function ratios(client: LoadClient, port: number, seconds: number): Promise<Measurement[]> {
  if (!haveWrk()) return [];
  const token = await administratorToken(client);
  const floor = await startFloor();
  try {
    const results: Measurement[] = [];
    for (const verb of ['create', 'get', 'update'] as const) {
      const bare = await wrk({ port: floor.port, verb, namespace, token, seconds });
      const ours = await wrk({ port, verb, namespace, token, seconds });
      results.push({
        name: `${verb} of 1 KB ConfigMaps / floor`,
        value: ours.perSecond / bare.perSecond,
        unit: 'ratio',
        target: { is: '>=', value: targets[verb] },
        detail: { perSecond: ours.perSecond, floor: bare.perSecond, p99: ours.p99, errors: ours.errors },
      });
    }
    return results;
  } finally {
    floor.process.disconnect();
  }
}

async function lists(client: LoadClient, count: number): Promise<Measurement[]> {
  const where = '/api/v1/namespaces/bench-list';
  await client.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bench-list' },
  });
  const object = (index: number): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `cm-${index}`, labels: { app: 'load' } },
    data: { payload: 'x'.repeat(900) },
  });
  await series(count, 64, (index) => client.call('POST', `${where}/configmaps`, object(index)));
  const whole = await series(60, 2, () => client.call('GET', `${where}/configmaps`));
  const page = await series(200, 4, () => client.call('GET', `${where}/configmaps?limit=500`));
  return [
    {
      name: `list of ${count} ConfigMaps of 1 KB`,
      value: whole.perSecond,
      unit: 'lists/s',
      target: { is: '>=', value: 50 },
      detail: { p99ms: whole.p99, errors: whole.errors },
    },
    { name: 'page of 500', value: page.perSecond, unit: 'pages/s', detail: { p99ms: page.p99, errors: page.errors } },
  ];
}

export const api: Benchmark = {
  name: 'api',
  about: 'create, get, update beside a bare HTTPS server; list, watch, Pods bound',
  async run({ short }) {
    const hub = await startHub(['--no-agent']);
    const client = new LoadClient(hub.dir);
    try {
      const port = hub.ports['api'] ?? 0;
      return [
        ...(await ratios(client, port, short ? 2 : 10)),
        ...(await lists(client, short ? 1000 : 5000)),
        await watchFanOut(client, { watchers: 100, events: short ? 200 : 2000 }),
        ...(await podsBound(client, { nodes: 100, pods: short ? 300 : 2000 })),
      ];
    } finally {
      client.close();
      await hub.stop();
    }
  },
};
