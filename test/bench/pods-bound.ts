/** From `POST pods` to a bound Pod, on nodes that only exist as objects. */
import { type LoadClient, series } from './load-client.ts';
import type { Measurement } from './measurement.ts';

const where = '/api/v1/namespaces/bench-pods';
const mergePatch = 'application/merge-patch+json';
const room = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '1Ti' };

async function makeNodes(client: LoadClient, count: number): Promise<void> {
  const name = (index: number): string => `bench-${index}`;
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Bench',
    message: 'a node of the benchmark',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await series(count, 16, (index) =>
    client.call('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: name(index), labels: { bench: 'yes' } },
    }),
  );
  const status = { status: { capacity: room, allocatable: room, conditions: [ready] } };
  await series(count, 16, (index) => client.call('PATCH', `/api/v1/nodes/${name(index)}/status`, status, mergePatch));
  await series(count, 16, (index) =>
    client.call('PATCH', `/api/v1/nodes/${name(index)}`, { spec: { taints: null } }, mergePatch),
  );
}

/** Creates Pods and waits until a watch has seen every one bound. */
export async function podsBound(client: LoadClient, size: { nodes: number; pods: number }): Promise<Measurement[]> {
  await client.call('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'bench-pods' },
  });
  await makeNodes(client, size.nodes);
  const seen = new Set<string>();
  let last = 0;
  let done = (): void => {};
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const close = await client.watch(`${where}/pods?watch=true`, (text) => {
    const name = text.includes('"nodeName":"bench-') ? /"name":"(p-\d+)"/.exec(text)?.[1] : undefined;
    if (name === undefined || seen.has(name)) return;
    seen.add(name);
    last = performance.now();
    if (seen.size === size.pods) done();
  });
  const began = performance.now();
  const created = await series(size.pods, 64, (index) =>
    client.call('POST', `${where}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p-${index}`, labels: { app: 'p' } },
      spec: {
        nodeSelector: { bench: 'yes' },
        containers: [{ name: 'c', image: 'local/pause:1', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
      },
    }),
  );
  if (created.errors === 0) await all;
  close();
  return [
    {
      name: 'create of Pods',
      value: created.perSecond,
      unit: 'Pods/s',
      detail: { p99ms: created.p99, errors: created.errors },
    },
    {
      name: `Pods created → bound on ${size.nodes} nodes`,
      value: seen.size / ((last - began) / 1000),
      unit: 'Pods/s',
      target: { is: '>=', value: 1000 },
    },
  ];
}
