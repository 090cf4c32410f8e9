/** Preemption over a resource only node-b has; the tests share it, so they run alone. */
import assert from 'node:assert/strict';
import { apps, container, core, isReady, isScheduled, type More, pod, podSpec, workload } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

const resource = 'scheduling.k8s.io/foo';
const node = '/api/v1/nodes/node-b';
const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';

/** Gives node-b so much of the resource for the time of the test. */
async function withResource(cluster: Cluster, amount: string): Promise<void> {
  const give = (value: string | null): Promise<ApiObject> =>
    cluster.patch('merge', `${node}/status`, {
      status: { capacity: { [resource]: value }, allocatable: { [resource]: value } },
    });
  cluster.after(() => give(null));
  await give(amount);
  await cluster.eventually(node, ({ status }) => status.allocatable[resource] === amount);
}

/** Makes a PriorityClass for the time of the test. */
async function priority(cluster: Cluster, name: string, value: number): Promise<string> {
  const full = `${cluster.namespace}-${name}`;
  await cluster.ok('POST', classes, {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: full },
    value,
  });
  cluster.after(() => cluster.api('DELETE', `${classes}/${full}`));
  return full;
}

/** A spec that asks for some of the resource. */
const asking = (amount: string, priorityClassName: string, more: More = {}): More =>
  podSpec(undefined, {
    priorityClassName,
    containers: [
      container(undefined, { resources: { requests: { [resource]: amount }, limits: { [resource]: amount } } }),
    ],
    ...more,
  });

async function run(cluster: Cluster, name: string, spec: More, finalizers?: string[]): Promise<void> {
  const wanted = pod(name, spec);
  if (finalizers !== undefined) wanted.metadata.finalizers = finalizers;
  await cluster.ok('POST', core(cluster, 'pods'), wanted);
  await cluster.eventually(core(cluster, 'pods', name), isReady);
}

conformance('[sig-scheduling] preemption.go: basic preemption', async (cluster) => {
  await withResource(cluster, '5');
  const [low, medium, high] = [
    await priority(cluster, 'low', 1),
    await priority(cluster, 'medium', 100),
    await priority(cluster, 'high', 1000),
  ];
  await run(cluster, 'low', asking('3', low));
  await run(cluster, 'medium', asking('2', medium));
  await cluster.ok('POST', core(cluster, 'pods'), pod('high', asking('3', high)));
  const found = await cluster.eventually(core(cluster, 'pods', 'high'), isScheduled);
  assert.equal(found['spec'].nodeName, 'node-b');
  await cluster.gone(core(cluster, 'pods', 'low'));
  const kept = await cluster.ok('GET', core(cluster, 'pods', 'medium'));
  assert.equal(kept.metadata.deletionTimestamp, undefined);
});

conformance('[sig-scheduling] preemption.go: critical pod preemption', async (cluster) => {
  await withResource(cluster, '3');
  await run(cluster, 'low', asking('3', await priority(cluster, 'low', 1)));
  const critical = pod('critical-pod-of-a-test', asking('3', 'system-cluster-critical'));
  const system = { ...cluster, namespace: 'kube-system' };
  cluster.after(() => cluster.api('DELETE', core(system, 'pods', critical.metadata.name)));
  await cluster.ok('POST', core(system, 'pods'), critical);
  await cluster.eventually(core(system, 'pods', critical.metadata.name), isScheduled);
  await cluster.gone(core(cluster, 'pods', 'low'));
});

conformance('[sig-scheduling] preemption.go: DisruptionTarget condition', async (cluster) => {
  await withResource(cluster, '1');
  const path = core(cluster, 'pods', 'victim');
  await run(cluster, 'victim', asking('1', await priority(cluster, 'low', 1)), ['example.com/hold']);
  cluster.after(() => cluster.patch('merge', path, { metadata: { finalizers: null } }).catch(() => undefined));
  await cluster.ok('POST', core(cluster, 'pods'), pod('preemptor', asking('1', await priority(cluster, 'high', 1000))));
  const victim = await cluster.eventually(path, (one) => one.metadata.deletionTimestamp !== undefined);
  const condition = victim['status'].conditions.find((one: { type: string }) => one.type === 'DisruptionTarget');
  assert.equal(condition?.status, 'True');
  assert.equal(condition?.reason, 'PreemptionByScheduler');
});

conformance('[sig-scheduling] preemption.go: ReplicaSet preemption path', async (cluster) => {
  await withResource(cluster, '999');
  const watch = await cluster.watch(`${core(cluster, 'pods')}?watch=true`);
  const made = (name: string): number =>
    watch.events.filter(({ type, object }) => type === 'ADDED' && object.metadata.labels?.['app'] === name).length;
  for (const [name, amount, value] of [
    ['rs-pod1', '200', 1],
    ['rs-pod2', '300', 2],
    ['rs-pod3', '450', 3],
  ] as const) {
    const template = asking(amount, await priority(cluster, name, value));
    await cluster.ok('POST', apps(cluster, 'replicasets'), workload('ReplicaSet', name, { replicas: 1, template }));
    await cluster.eventually(apps(cluster, 'replicasets', name), ({ status }) => status.readyReplicas === 1);
  }
  await cluster.ok('POST', core(cluster, 'pods'), pod('pod4', asking('500', await priority(cluster, 'p4', 4))));
  await cluster.eventually(core(cluster, 'pods', 'pod4'), isReady);
  // the two lowest made room, and their sets tried again, in vain
  await until(() => made('rs-pod1') === 2 && made('rs-pod2') === 2);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.deepEqual([made('rs-pod1'), made('rs-pod2'), made('rs-pod3')], [2, 2, 1]);
  const kept = await cluster.ok('GET', apps(cluster, 'replicasets', 'rs-pod3'));
  assert.equal(kept['status'].readyReplicas, 1);
});
