/** Pods reach Pods of other nodes: on one network directly, across networks through the overlay, and without the hub. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import { fileURLToPath } from 'node:url';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { run } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';

/** Serves its own name over HTTP. */
const serve = (name: string): string =>
  `mkdir /www; echo ${name} >/www/index.html; head -c 300000 /dev/zero >/www/big; exec httpd -f -p 80 -h /www`;

/** A shell command that asks for a page: busybox' wget wants a resolver's files. */
const request = (address: string | undefined, path = ''): string =>
  `printf 'GET /${path} HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 3 ${address} 80`;

const bodyOf = (answer: string): string => (answer.split('\r\n\r\n')[1] ?? '').trim();

describe('ways between nodes', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let near: ClusterNode;
  let second: ClusterNode;
  let far: ClusterNode;
  const pods: NodePods[] = [];
  const addresses = new Map<string, string>();

  async function startPod(node: ClusterNode, name: string): Promise<void> {
    const on = podsOn(cluster, node.name);
    pods.push(on);
    await on.create(name, { script: serve(name) });
    const pod = await on.ready(name, 60_000);
    addresses.set(name, pod.status?.podIP ?? '');
  }

  /** What a Pod gets from another one, asked from inside; nothing when that does not answer. */
  async function fetched(node: ClusterNode, from: string, to: string): Promise<string> {
    const label = (key: string, value: string): string => `labels."io.kubernetes.${key}"==${value}`;
    const filter = [label('pod.name', from), label('container.name', 'main')].join(',');
    const { stdout: ids } = await node.containerd.ctr(['containers', 'ls', '-q', filter]);
    const words = ['sh', '-c', request(addresses.get(to))];
    const { stdout } = await node.containerd.exec(ids.trim(), words, { mayBeSilent: true });
    return bodyOf(stdout);
  }

  const reaches = (node: ClusterNode, from: string, to: string): Promise<unknown> =>
    eventually(`${from} to reach ${to}`, async () => (await fetched(node, from, to)) === to, 20_000);

  async function routes(node: ClusterNode): Promise<string> {
    return (await node.run(['ip', 'route', 'show', 'proto', '67'])).stdout;
  }

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    [near, second] = cluster.nodes as [ClusterNode, ClusterNode];
    far = await cluster.addNode('far', { segment: 2 });
    await Promise.all([startPod(near, 'a'), startPod(second, 'b'), startPod(far, 'c')]);
  });

  after(async () => {
    for (const on of pods) on.close();
    await cluster?.stop();
  });

  it('are direct on one network, and through the overlay across two', async () => {
    await reaches(near, 'a', 'b');
    await reaches(second, 'b', 'a');
    await reaches(near, 'a', 'c');
    await reaches(far, 'c', 'b');
    assert.match(await routes(near), new RegExp(`via ${second.address} dev eth0`));
    assert.match(await routes(near), /dev cor-vxlan onlink/);
  });

  it('carry whole files: packets are small enough for the overlay', async () => {
    const { stdout } = await near.run(['ip', '-o', 'link', 'show', 'cor-vxlan']);
    assert.match(stdout, /mtu 1450/);
    const words = `${request(addresses.get('c'), 'big')} | wc -c`;
    const text = await cluster.hub.kubectl(['exec', 'a', '--', 'sh', '-c', words]);
    assert.ok(Number(text) > 300_000, text);
  });

  it('lead from a node to Pods, and Pods to the node', async () => {
    for (const to of ['b', 'c']) {
      const { stdout } = await near.run(['sh', '-c', request(addresses.get(to))]);
      assert.equal(bodyOf(stdout), to);
    }
  });

  it('lead out of the cluster under the node’s address', async () => {
    // the hub knows no way to Pods: it could not answer one
    const text = await cluster.hub.kubectl(['exec', 'c', '--', 'ping', '-c', '1', '-W', '3', cluster.hub.address]);
    assert.match(text, /1 packets received/);
  });

  it('lead to Pods by ports of the node, by address and protocol', async () => {
    const on = podsOn(cluster, second.name);
    pods.push(on);
    const ports = [{ containerPort: 80, hostPort: 8080 }];
    await on.create('front', { script: serve('front'), container: { ports } });
    const udp = [{ containerPort: 8081, hostPort: 8080, protocol: 'UDP', hostIP: '127.0.0.1' }];
    const command = ['/bin/tools', 'serve', '--udp', '8081'];
    await on.create('datagrams', { container: { image: cluster.image('tools'), command, ports: udp } });
    await Promise.all([on.ready('front'), on.ready('datagrams')]);
    const page = (address: string): string => request(address).replace(/80$/, '8080');
    const { stdout: local } = await second.run(['sh', '-c', page('127.0.0.1')]);
    assert.equal(bodyOf(local), 'front');
    const { stdout: remote } = await near.run(['sh', '-c', page(second.address)]);
    assert.equal(bodyOf(remote), 'front');
    for (const pod of ['a', 'b', 'front'])
      assert.equal(
        bodyOf(await cluster.hub.kubectl(['exec', pod, '--', 'sh', '-c', page(second.address)])),
        'front',
        pod,
      );
    const tools = fileURLToPath(new URL('../../support/images/tools/main.ts', import.meta.url));
    const dial = [process.execPath, tools, 'dial', 'udp://127.0.0.1:8080', '--message', 'datagrams'];
    await eventually('an answer by UDP', async () => (await second.run(dial)).stdout.includes('["datagrams"]'), 20_000);
    await on.remove('front');
    await on.remove('datagrams');
    const list = ['nft', 'list', 'table', 'inet', 'coracle_masquerade'];
    await eventually('the ports to be closed', async () => !(await second.run(list)).stdout.includes('8080'));
  });

  it('say that the network is there', async () => {
    const node = JSON.parse(await cluster.hub.kubectl(['get', 'node', near.name, '-o', 'json'])) as Node;
    const condition = node.status?.conditions?.find(({ type }) => type === 'NetworkUnavailable');
    assert.deepEqual([condition?.status, condition?.reason], ['False', 'NetworkReady']);
  });

  it('come back when somebody removes them', async () => {
    await near.run(['ip', 'route', 'flush', 'proto', '67']);
    await near.run(['ip', 'link', 'delete', 'cor-vxlan']);
    await reaches(near, 'a', 'b');
    await reaches(near, 'a', 'c');
  });

  it('follow a node that changes its address', async () => {
    const moved = second.address.replace(/\d+$/, '99');
    await second.run(['ip', 'address', 'add', `${moved}/24`, 'dev', 'eth0']);
    await second.run(['ip', 'address', 'delete', `${second.address}/24`, 'dev', 'eth0']);
    await second.run(['ip', 'address', 'replace', `${moved}/24`, 'dev', 'eth0']);
    await second.run(['ip', 'route', 'replace', 'default', 'via', cluster.hub.address]);
    await eventually('the new way', async () => (await routes(near)).includes(`via ${moved} `), 30_000);
    await reaches(near, 'a', 'b');
    await reaches(second, 'b', 'c');
  });

  it('go on without the hub, also after a start of the agent', async () => {
    const hub = `${cluster.hub.address}/32`;
    for (const node of [near, far]) await node.run(['ip', 'route', 'add', 'blackhole', hub]);
    await near.agent.kill();
    await near.run(['ip', 'route', 'flush', 'proto', '67']);
    await near.run(['ip', 'link', 'delete', 'cor-vxlan']);
    await near.agent.start();
    await reaches(near, 'a', 'b');
    await near.run(['ip', 'route', 'delete', 'blackhole', hub]);
    await far.run(['ip', 'route', 'delete', 'blackhole', hub]);
    await reaches(near, 'a', 'c');
  });

  it('leave nothing behind when the node leaves', async () => {
    const program = new URL('../../../agent/coracle.mjs', import.meta.url).pathname;
    const [first = '', ...rest] = [...second.within, process.execPath, program];
    const { code, stderr } = await run(first, [...rest, 'leave', '--data-dir', second.dataDir]);
    assert.equal(code, 0, stderr);
    const { stdout } = await second.run(['ip', '-o', 'link']);
    assert.doesNotMatch(stdout, /cor0|cor-vxlan/);
    assert.equal(await routes(second), '');
    assert.equal((await second.run(['nft', 'list', 'tables'])).stdout, '');
    await cluster.hub.kubectl(['delete', 'node', second.name, '--ignore-not-found']);
    await eventually(
      'its way to go',
      async () => !(await routes(near)).includes(addresses.get('b')?.replace(/\d+$/, '0') ?? ''),
    );
  });
});
