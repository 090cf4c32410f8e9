/** Where Pods go, and where they do not; these tests fill and label nodes, so they run alone. */
import assert from 'node:assert/strict';
import { container, core, hasCondition, isScheduled, type More, pod, podSpec } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

/** A Pod nobody needs to run: it asks for resources and for a host port, and waits for its node. */
function asking(name: string, more: More = {}, resources: More = {}, ports: More[] = []): ApiObject {
  return pod(name, podSpec(undefined, { ...more, containers: [container(undefined, { resources, ports })] }));
}

const make = (cluster: Cluster, wanted: ApiObject): Promise<ApiObject> =>
  cluster.ok('POST', core(cluster, 'pods'), wanted);
const scheduled = (cluster: Cluster, name: string): Promise<ApiObject> =>
  cluster.eventually(core(cluster, 'pods', name), isScheduled);

/** Waits until the scheduler has said, on the Pod and in an Event, that there is no place. */
async function unschedulable(cluster: Cluster, name: string): Promise<void> {
  const found = await cluster.eventually(core(cluster, 'pods', name), (one) =>
    hasCondition(one, 'PodScheduled', 'False'),
  );
  assert.equal(found['status'].phase, 'Pending');
  assert.equal(isScheduled(found), false);
  await until(async () =>
    (await cluster.items(core(cluster, 'events'))).some(
      (event) => event['involvedObject'].name === name && event['reason'] === 'FailedScheduling',
    ),
  );
}

conformance('[sig-scheduling] predicates.go: nodeSelector no match', async (cluster) => {
  await make(cluster, asking('restricted', { nodeSelector: { label: 'nonempty' } }));
  await unschedulable(cluster, 'restricted');
});

conformance('[sig-scheduling] predicates.go: nodeSelector matches', async (cluster) => {
  const key = `example.com/${cluster.namespace}`;
  const label = (value: string | null): Promise<ApiObject> =>
    cluster.patch('strategic', '/api/v1/nodes/node-b', { metadata: { labels: { [key]: value } } });
  cluster.after(() => label(null));
  await label('42');
  await make(cluster, asking('with-labels', { nodeSelector: { [key]: '42' } }));
  assert.equal((await scheduled(cluster, 'with-labels'))['spec'].nodeName, 'node-b');
});

conformance('[sig-scheduling] predicates.go: hostPort 0.0.0.0 conflict', async (cluster) => {
  const node = { 'kubernetes.io/hostname': 'node-b' };
  const port = { containerPort: 54322, hostPort: 54322, protocol: 'TCP' };
  await make(cluster, asking('pod4', { nodeSelector: node }, {}, [{ ...port, hostIP: '0.0.0.0' }]));
  await scheduled(cluster, 'pod4');
  await make(cluster, asking('pod5', { nodeSelector: node }, {}, [{ ...port, hostIP: '127.0.0.1' }]));
  await unschedulable(cluster, 'pod5');
});

/** CPU in thousandths. */
const milli = (cpu: string): number => (cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000);

conformance('[sig-scheduling] predicates.go: resource limits', async (cluster) => {
  const bound = await cluster.items('/api/v1/pods');
  const asked = (node: string): number => {
    let sum = 0;
    for (const { spec, status } of bound) {
      if (spec.nodeName !== node || status.phase === 'Succeeded' || status.phase === 'Failed') continue;
      for (const { resources } of spec.containers) sum += milli(resources?.requests?.cpu ?? '0');
    }
    return sum;
  };
  for (const node of ['node-a', 'node-b']) {
    const { status } = await cluster.ok('GET', `/api/v1/nodes/${node}`);
    const free = milli(status.allocatable.cpu) - asked(node);
    const selector = { nodeSelector: { 'kubernetes.io/hostname': node } };
    await make(cluster, asking(`filler-${node}`, selector, { requests: { cpu: `${Math.floor(free * 0.7)}m` } }));
    await scheduled(cluster, `filler-${node}`);
  }
  const { status } = await cluster.ok('GET', '/api/v1/nodes/node-a');
  await make(cluster, asking('additional', {}, { requests: { cpu: `${milli(status.allocatable.cpu) / 2}m` } }));
  await unschedulable(cluster, 'additional');
});
