/** The DNS of each node, as Pods with real containers use it: with the hub and without, and after the agent was killed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { coracle } from '../../support/coracle.ts';
import { addressFor, type DnsUpstream, startDnsUpstream } from '../../support/dns-upstream.ts';
import { eventually } from '../../support/eventually.ts';

const vip = '10.152.0.10';

describe('DNS for containers', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;
  let upstream: DnsUpstream;

  before(async () => {
    cluster = await startCluster({ nodes: 0 });
    // this machine's own address on the cluster's bridge
    const outside = cluster.hub.address.replace(/\d+$/, '254');
    upstream = await startDnsUpstream(addressFor('192.0.2.80', 1), outside);
    node = await cluster.addNode('node1', { settings: { dnsUpstreams: [upstream.place] } });
    pods = podsOn(cluster, node.name);
    await pods.create('client');
    await pods.create('named', { labels: { app: 'set' }, spec: { hostname: 'first', subdomain: 'set' } });
    await pods.create('hosted', { spec: { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' } });
    await makeService('set', { clusterIP: 'None', selector: { app: 'set' } });
    for (const name of ['client', 'named', 'hosted']) await pods.ready(name);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
    await upstream?.stop();
  });

  async function makeService(name: string, spec: Record<string, unknown>): Promise<string> {
    const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports, ...spec } };
    const { status, body } = await pods.client.call('POST', '/api/v1/namespaces/default/services', service);
    assert.equal(status, 201, JSON.stringify(body));
    return (body as unknown as { spec: { clusterIP: string } }).spec.clusterIP;
  }

  /** Where the container of a Pod is, for what is asked while the hub is away. */
  async function containerOf(name: string): Promise<string> {
    const id = containerStatus(await pods.ready(name))?.containerID ?? '';
    return id.slice(id.indexOf('//') + 2);
  }

  async function run(container: string, words: readonly string[]): Promise<string> {
    const { stdout, stderr } = await node.containerd.exec(container, words);
    return stdout + stderr;
  }

  /** What busybox finds: the addresses, or why there are none. */
  async function lookUp(container: string, ...words: string[]): Promise<string> {
    const said = await run(container, ['nslookup', ...words]);
    const found = [...said.matchAll(/Address(?: \d+)?: (\S+)/g)]
      .map((match) => match[1])
      .filter((one) => one !== `${vip}:53`);
    return found.length > 0 ? found.join(' ') : (/NXDOMAIN|SERVFAIL|timed out|REFUSED/.exec(said)?.[0] ?? said);
  }

  it('is in the resolv.conf of Pods, by policy', async () => {
    const client = await run(await containerOf('client'), ['cat', '/etc/resolv.conf']);
    assert.match(
      client,
      new RegExp(
        `^search default.svc.cluster.local svc.cluster.local cluster.local.*\nnameserver ${vip}\noptions ndots:5\n$`,
      ),
    );
    assert.match(
      await run(await containerOf('hosted'), ['cat', '/etc/resolv.conf']),
      new RegExp(`nameserver ${vip}\n`),
    );
  });

  it('answers Pods, hostNetwork Pods and the node', async () => {
    for (const name of ['client', 'hosted'])
      assert.equal(await lookUp(await containerOf(name), 'kubernetes.default.svc.cluster.local'), '10.152.0.1');
    const { stdout } = await node.run(['busybox', 'nslookup', 'kubernetes.default.svc.cluster.local', vip]);
    assert.match(stdout, /Address: 10\.152\.0\.1\n/);
  });

  it('finds Services by their short names, as programs look for them', async () => {
    const client = await containerOf('client');
    // ping asks the C library, which goes through the search list
    assert.match(await run(client, ['ping', '-c', '1', '-W', '1', 'kubernetes']), /PING kubernetes \(10\.152\.0\.1\)/);
    assert.match(await run(client, ['ping', '-c', '1', '-W', '1', 'kubernetes.default']), /\(10\.152\.0\.1\)/);
  });

  it('knows the Pods of a headless Service by their hostnames', async () => {
    const client = await containerOf('client');
    const address = (await pods.get('named'))?.status?.podIP ?? '';
    await eventually(
      'the Service to have its Pod',
      async () => (await lookUp(client, 'set.default.svc.cluster.local')) === address,
    );
    assert.equal(await lookUp(client, 'first.set.default.svc.cluster.local'), address);
    assert.match(
      await run(client, ['nslookup', '-type=srv', '_http._tcp.set.default.svc.cluster.local']),
      /first\.set\.default\.svc\.cluster\.local/,
    );
    assert.match(await run(client, ['nslookup', address]), /name = first\.set\.default\.svc\.cluster\.local/);
  });

  it('forwards names of elsewhere', async () => {
    assert.equal(await lookUp(await containerOf('client'), '-type=a', 'www.example.org.'), '192.0.2.80');
    assert.ok(upstream.asked.includes('www.example.org A udp'));
    assert.deepEqual(
      upstream.asked.filter((line) => line.includes('cluster.local')),
      [],
    );
  });

  it('follows Services that come and go', async () => {
    const client = await containerOf('client');
    const address = await makeService('fresh', {});
    await eventually(
      'the new Service to be known',
      async () => (await lookUp(client, '-type=a', 'fresh.default.svc.cluster.local')) === address,
    );
    await pods.client.call('DELETE', '/api/v1/namespaces/default/services/fresh');
    await eventually(
      'it to be gone',
      async () => (await lookUp(client, '-type=a', 'fresh.default.svc.cluster.local')) === 'NXDOMAIN',
    );
  });

  it('answers while the hub is away, and after the agent was killed meanwhile', async () => {
    const client = await containerOf('client');
    const address = (await pods.get('named'))?.status?.podIP ?? '';
    const works = async (): Promise<void> => {
      assert.equal(await lookUp(client, '-type=a', 'kubernetes.default.svc.cluster.local'), '10.152.0.1');
      assert.equal(await lookUp(client, '-type=a', 'first.set.default.svc.cluster.local'), address);
    };
    node.cut();
    try {
      await works();
      await node.agent.kill();
      await node.agent.start();
      await eventually(
        'DNS to answer again',
        async () => (await lookUp(client, '-type=a', 'kubernetes.default.svc.cluster.local')) === '10.152.0.1',
      );
      await works();
    } finally {
      node.mend();
    }
  });

  it('leaves nothing on a machine that leaves', async () => {
    assert.equal((await node.run(['ip', 'link', 'show', 'dev', 'cor-dns'])).code, 0);
    await coracle(['leave', '--data-dir', node.dataDir], {}, node.within);
    assert.notEqual((await node.run(['ip', 'link', 'show', 'dev', 'cor-dns'])).code, 0);
  });
});
