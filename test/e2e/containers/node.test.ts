/** A node with real containers that runs short, loses its runtime, or has more images than it needs. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Node, NodeCondition } from '../../../hub/api/node.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { coracle, type Outcome } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { assertSuccess } from '../../support/outcome.ts';

describe('a node with a container runtime', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;

  before(async () => {
    const settings = { evictionPressureTransitionPeriod: 1, maxPods: 20, systemReserved: { memory: '64Mi' } };
    cluster = await startCluster({ nodes: 1, settings });
    [node] = cluster.nodes as [ClusterNode];
    pods = podsOn(cluster, node.name);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  const nodeObject = async (name = node.name): Promise<Node> =>
    (await pods.client.call('GET', `/api/v1/nodes/${name}`)).body as Node;

  async function condition(type: string, wanted: (found: NodeCondition) => boolean, timeout = 60_000): Promise<void> {
    let last: NodeCondition | undefined;
    const look = async (): Promise<boolean> => {
      last = (await nodeObject()).status?.conditions?.find((each) => each.type === type);
      return last !== undefined && wanted(last);
    };
    await eventually(`the condition ${type}`, look, timeout).catch((error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
    });
  }

  it('gives its Pods addresses out of its range, over a bridge', async () => {
    const cidr = (await nodeObject()).spec.podCIDR ?? '';
    const list = JSON.parse(readFileSync(join(node.containerd.cniConfDir, '10-coracle.conflist'), 'utf8'));
    assert.deepEqual(list.plugins[0].ipam.ranges, [[{ subnet: cidr }]]);
    await pods.create('one');
    await pods.create('two');
    const [one, two] = [await pods.ready('one'), await pods.ready('two')];
    const inRange = (ip = ''): boolean => ip.startsWith(cidr.replace(/\d+\/24$/, ''));
    assert.ok(inRange(one.status?.podIP) && inRange(two.status?.podIP));
    assert.notEqual(one.status?.podIP, two.status?.podIP);
    const reach = await node.run(['busybox', 'ping', '-c', '1', '-W', '2', one.status?.podIP ?? '']);
    assert.equal(reach.code, 0, reach.stdout);
    await pods.remove('one');
    await pods.remove('two');
    await eventually('the addresses to be free again', async () => {
      const { stdout } = await node.run(['ls', join(node.dataDir, 'agent', 'cni', 'coracle')]);
      return !stdout.includes(cidr.replace(/\d+\/24$/, ''));
    });
  });

  it('tells what it is: runtime, images, capacity and what Pods may have of it', async () => {
    await pods.create('known');
    await pods.ready('known');
    const image = cluster.image('busybox');
    const { status } = await eventually('the image to show', async () => {
      const found = await nodeObject();
      return found.status?.images?.some(({ names = [] }) => names.includes(image)) ? found : undefined;
    });
    assert.match(status?.nodeInfo?.containerRuntimeVersion ?? '', /^containerd:\/\/1\.\d+\.\d+/);
    const shown = status?.images?.find(({ names = [] }) => names.includes(image));
    assert.match(shown?.names?.[0] ?? '', /@sha256:[0-9a-f]{64}$/);
    assert.ok((shown?.sizeBytes ?? 0) > 100_000);
    assert.deepEqual([status?.capacity?.['pods'], status?.allocatable?.['pods']], ['20', '20']);
    const kibi = (amount = ''): number => Number(amount.replace('Ki', ''));
    const difference = kibi(status?.capacity?.['memory']) - kibi(status?.allocatable?.['memory']);
    assert.equal(difference, (64 + 100) * 1024);
    await pods.remove('known');
  });

  it('pulls an image before it is needed, runs nothing of it, and says why it cannot', async () => {
    const prepull = (image: string): Promise<Outcome> =>
      coracle(['images', 'prepull', image, '--data-dir', cluster.hub.dir, '--timeout', '30'], {}, cluster.hub.within);
    const image = cluster.image('workdir');
    const outcome = await prepull(image);
    assertSuccess(outcome);
    assert.ok(outcome.stdout.startsWith(`node ${node.name}: has ${image} (`), outcome.stdout);
    assert.ok((await node.containerd.ctr(['images', 'ls', '-q'])).stdout.includes(image));
    const missing = await prepull(`${image}-that-is-nowhere`);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, new RegExp(`node ${node.name}: it cannot pull .*that-is-nowhere: `));
    const { items } = (await pods.client.call('GET', '/api/v1/namespaces/default/pods')).body as {
      items: { metadata: { name: string } }[];
    };
    assert.deepEqual(
      items.filter(({ metadata }) => metadata.name.startsWith('coracle-prepull')),
      [],
    );
  });

  it('ends a Pod whose volume grows over its limit', async () => {
    const volumes = [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }];
    await pods.create('greedy', {
      script: 'dd if=/dev/zero of=/cache/file bs=1M count=4; exec sleep 100000',
      container: { volumeMounts: [{ name: 'cache', mountPath: '/cache' }] },
      spec: { volumes },
    });
    const { status } = await pods.until('greedy', 'evicted', (pod) => pod.status?.phase === 'Failed', 60_000);
    assert.deepEqual(
      [status?.reason, status?.message],
      ['Evicted', 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". '],
    );
    await pods.told('greedy', 'Evicted', /Usage of EmptyDir volume "cache" exceeds the limit "1Mi"/);
    await pods.remove('greedy');
  });

  it('ends a Pod that writes more into its container than it may', async () => {
    await pods.create('writer', {
      script: 'dd if=/dev/zero of=/tmp/file bs=1M count=8; exec sleep 100000',
      container: { resources: { limits: { 'ephemeral-storage': '2Mi' } } },
    });
    // the runtime measures layers on a beat of its own
    const { status } = await pods.until('writer', 'evicted', (pod) => pod.status?.phase === 'Failed', 60_000);
    assert.equal(status?.reason, 'Evicted');
    assert.match(status?.message ?? '', /ephemeral local storage/);
    await pods.remove('writer');
  });

  it('is not ready while its runtime is down, and is again when it is back', async () => {
    await pods.create('stays');
    const before = await pods.ready('stays');
    await node.containerd.kill();
    await condition('Ready', ({ status, reason }) => status === 'False' && reason === 'KubeletNotReady');
    const { status } = await nodeObject();
    const message = status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
    assert.match(message, /container runtime/);
    assert.ok(!message.includes('\n'));
    await node.containerd.start();
    await condition('Ready', (found) => found.status === 'True' && found.reason === 'KubeletReady');
    const afterwards = await pods.ready('stays');
    assert.equal(
      afterwards.status?.containerStatuses?.[0]?.containerID,
      before.status?.containerStatuses?.[0]?.containerID,
    );
    await pods.remove('stays');
  });

  it('is not ready when its agent starts while the runtime is down, and is when it comes', async () => {
    await node.agent.kill();
    await node.containerd.kill();
    await node.agent.start();
    await condition('Ready', ({ status, message = '' }) => status === 'False' && /container runtime/.test(message));
    await node.containerd.start();
    await condition('Ready', ({ status }) => status === 'True');
  });

  it('removes the images nobody uses when their disk is full, and no others', async () => {
    const settings = { imageGCHighThresholdPercent: 1, imageGCLowThresholdPercent: 0, imageMinimumGCAge: 0 };
    const full = await cluster.addNode('full', { settings });
    const there = podsOn(cluster, full.name);
    try {
      const image = (name: 'busybox' | 'busybox2'): string => cluster.image(name);
      await there.create('used', { container: { image: image('busybox') } });
      await there.create('short', { container: { image: image('busybox2') } });
      await Promise.all([there.ready('used'), there.ready('short')]);
      const shown = async (name: 'busybox' | 'busybox2'): Promise<boolean> =>
        (await nodeObject(full.name)).status?.images?.some(({ names = [] }) => names.includes(image(name))) === true;
      await eventually('both images to show', async () => (await shown('busybox')) && (await shown('busybox2')));
      await there.remove('short');
      await eventually('the image to be gone', async () => !(await shown('busybox2')), 30_000);
      const { stdout } = await full.containerd.ctr(['images', 'ls', '-q']);
      assert.ok(!stdout.includes('busybox:2'), stdout);
      assert.ok(await shown('busybox'));
      // the sandboxes' image is still there: the registry is not needed for it
      await there.create('next', { container: { image: image('busybox'), imagePullPolicy: 'Never' } });
      await there.ready('next');
    } finally {
      there.close();
    }
  });

  it('leaves no network behind when it leaves', async () => {
    const leaving = await cluster.addNode('leaving');
    const there = podsOn(cluster, leaving.name);
    try {
      await there.create('last');
      await there.ready('last');
    } finally {
      there.close();
    }
    const program = join(import.meta.dirname, '../../../agent/coracle.mjs');
    const left = await leaving.run([process.execPath, program, 'leave', '--data-dir', leaving.dataDir]);
    assert.equal(left.code, 0, left.stderr);
    assert.equal(existsSync(join(leaving.containerd.cniConfDir, '10-coracle.conflist')), false);
    const { stdout } = await leaving.run(['ip', '-o', 'link']);
    assert.doesNotMatch(stdout, /cor0|veth/);
    const tasks = await leaving.containerd.ctr(['tasks', 'ls', '-q']);
    assert.equal(tasks.stdout.trim(), '');
  });
});
