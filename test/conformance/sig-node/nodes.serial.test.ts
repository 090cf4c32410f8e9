/** Nodes as API objects, and taints that drive Pods away; the taints hit every Pod of a node, so these tests run alone. */
import assert from 'node:assert/strict';
import { core, isReady, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';

conformance('[sig-node] node_lifecycle.go: Node API lifecycle', async (cluster) => {
  const { after, api, gone, items, namespace, ok, patch } = cluster;
  const path = `/api/v1/nodes/${namespace}`;
  after(() => api('DELETE', path));
  await ok('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: namespace },
    spec: { unschedulable: true },
    status: { phase: 'Running' },
  });
  const found = await ok('GET', path);
  assert.equal(found['spec'].unschedulable, true);
  const patched = await patch('strategic', path, { metadata: { labels: { [namespace]: 'patched' } } });
  assert.equal(patched.metadata.labels?.[namespace], 'patched');
  assert.ok(Number(patched.metadata.resourceVersion) > Number(found.metadata.resourceVersion));
  assert.equal((await items(`/api/v1/nodes?labelSelector=${namespace}%3Dpatched`)).length, 1);
  await until(async () => {
    const now = await ok('GET', path);
    now.metadata.labels = { ...now.metadata.labels, [namespace]: 'updated' };
    return (await api('PUT', path, now)).status === 200;
  });
  assert.equal((await items(`/api/v1/nodes?labelSelector=${namespace}%3Dupdated`)).length, 1);
  await ok('DELETE', path);
  await gone(path);
});

const key = 'kubernetes.io/e2e-evict-taint-key';
const toleration = (tolerationSeconds: number): object => ({
  key,
  operator: 'Equal',
  value: 'evictTaintVal',
  effect: 'NoExecute',
  tolerationSeconds,
});

/** Runs a Pod on node2 that stands the taint for so many seconds. */
async function runTolerant(cluster: Cluster, name: string, seconds: number): Promise<void> {
  const spec = podSpec(undefined, {
    nodeSelector: { 'kubernetes.io/hostname': 'node2' },
    tolerations: [toleration(seconds)],
  });
  await cluster.ok('POST', core(cluster, 'pods'), pod(name, spec));
  await cluster.eventually(core(cluster, 'pods', name), isReady);
}

/** Puts the taint on node2; the answer takes it away. */
async function taint(cluster: Cluster): Promise<() => Promise<void>> {
  const untaint = async (): Promise<void> => {
    cluster.tryKubectl(['taint', 'node', 'node2', `${key}-`]);
  };
  cluster.after(untaint);
  cluster.kubectl(['taint', 'node', 'node2', `${key}=evictTaintVal:NoExecute`]);
  return untaint;
}

conformance('[sig-node] taints.go: evict by tolerationSeconds', async (cluster) => {
  await runTolerant(cluster, 'first', 1);
  await runTolerant(cluster, 'second', 6);
  await taint(cluster);
  const alive = async (name: string): Promise<boolean> => {
    const { status, body } = await cluster.api('GET', core(cluster, 'pods', name));
    return status === 200 && body.metadata.deletionTimestamp === undefined;
  };
  await until(async () => !(await alive('first')));
  assert.equal(await alive('second'), true);
  await until(async () => !(await alive('second')));
});

conformance('[sig-node] taints.go: untaint cancels eviction', async (cluster) => {
  await runTolerant(cluster, 'stays', 4);
  const untaint = await taint(cluster);
  await untaint();
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const found = await cluster.ok('GET', core(cluster, 'pods', 'stays'));
  assert.equal(found.metadata.deletionTimestamp, undefined);
  assert.ok(isReady(found));
});
