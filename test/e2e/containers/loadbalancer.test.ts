/** The addon loadbalancer on nodes with packet rules and on one without: who answers for an address, and who when that is cut off. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Service, ServiceSpec } from '../../../hub/api/service.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { createDialling, type Dialling } from '../../support/cluster/dialling.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';

const services = '/api/v1/namespaces/default/services';

/** MQTT keep-alive of nodes, in seconds: one that vanishes is missed after one and a half of it. */
const keepAlive = 5;

const port = 8080;
const script = `require('node:http').createServer((_, answer) => answer.end(process.argv[1])).listen(${port})`;

describe('the addon loadbalancer', { skip: noContainers, timeout: 180_000 }, () => {
  let cluster: Cluster;
  let pods: NodePods;
  let dial: Dialling;
  let pool: (host: number) => string;

  before(async () => {
    cluster = await startCluster({ nodes: 2, settings: { keepAlive } });
    await cluster.addNode('bare', { runtime: 'process' });
    pods = podsOn(cluster, 'bare');
    dial = createDialling(cluster);
    pool = (host) => cluster.hub.address.replace(/\d+$/, String(host));
    for (const { name } of cluster.nodes) await web(name);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  /** A program on a node that says the node's name. */
  async function web(node: string): Promise<void> {
    const container = { image: 'web', command: [process.execPath, '-e', script, node] };
    const own = podsOn(cluster, node);
    await own.create(`web-${node}`, {
      ...{ labels: { app: 'web', node }, container },
      spec: { runtimeClassName: 'process', tolerations: [{ operator: 'Exists' }] },
    });
    own.close();
  }

  async function serve(name: string, spec: Partial<ServiceSpec>): Promise<void> {
    const ports = [{ port: 80, targetPort: port }];
    const wanted = { apiVersion: 'v1', kind: 'Service', metadata: { name } };
    const { status, body } = await pods.client.call('POST', services, {
      ...wanted,
      spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports, ...spec },
    });
    assert.equal(status, 201, JSON.stringify(body));
  }

  const get = async (name: string): Promise<Service> =>
    (await pods.client.call('GET', `${services}/${name}`)).body as Service;

  const addressOf = (name: string): Promise<string> =>
    eventually(`an address of ${name}`, async () => {
      const { ingress } = ((await get(name)).status?.['loadBalancer'] ?? {}) as { ingress?: { ip: string }[] };
      return ingress?.[0]?.ip;
    });

  const reasonOf = async (name: string): Promise<string | undefined> =>
    ((await get(name)).status?.['conditions'] as { reason: string }[] | undefined)?.[0]?.reason;

  const hasInterface = async (node: ClusterNode): Promise<boolean> =>
    (await node.run(['ip', 'link', 'show', 'dev', 'coracle-lb'])).code === 0;

  async function holder(address: string): Promise<ClusterNode | undefined> {
    const held: ClusterNode[] = [];
    for (const node of cluster.nodes) {
      const { stdout } = await node.run(['ip', '-4', 'address', 'show', 'dev', 'coracle-lb']);
      if (stdout.includes(` ${address}/32 `)) held.push(node);
    }
    assert.ok(held.length <= 1, `${address} is held by ${held.map(({ name }) => name).join()}`);
    return held[0];
  }

  /** Asks until there is an answer. */
  const answer = (address: string, timeout?: number): Promise<string> =>
    eventually(
      `an answer from ${address}`,
      async () => (await dial.fromHere(`http://${address}/`).catch(() => undefined))?.[0],
      timeout,
    );

  it('gives addresses of its pool, which nodes with and without packet rules answer for', async () => {
    await serve('early', { loadBalancerIP: pool(201) });
    const addon = { apiVersion: 'addons.coracle.io/v1', kind: 'Addon', metadata: { name: 'loadbalancer' } };
    const range = { addresses: `${pool(200)}-${pool(201)}` };
    await cluster.hub.kubectl(['apply', '-f', '-'], JSON.stringify({ ...addon, spec: { arguments: range } }));
    const ready = ['wait', 'addon/loadbalancer', '--for=jsonpath={.status.phase}=Ready', '--timeout=30s'];
    await cluster.hub.kubectl(ready);
    assert.equal(await addressOf('early'), pool(201));
    await serve('bare', { selector: { node: 'bare' }, externalTrafficPolicy: 'Local' });
    assert.equal(await addressOf('bare'), pool(200));
    await serve('late', {});
    await eventually('late to be told why', async () => (await reasonOf('late')) === 'PoolExhausted');
    const told = ['get', 'events', '--field-selector', 'involvedObject.name=late,reason=PoolExhausted', '-o', 'name'];
    await eventually('an event of late', async () => (await cluster.hub.kubectl(told)) !== '');
    assert.match(await answer(pool(201)), /^(node1|node2|bare)$/);
    assert.equal(await answer(pool(200)), 'bare');
    assert.equal((await eventually('bare to be held', () => holder(pool(200)))).name, 'bare');
    await pods.client.call('DELETE', `${services}/bare`);
    assert.equal(await addressOf('late'), pool(200));
  });

  it('has another node answer when the one that did is cut off', async (test) => {
    const address = pool(201);
    await answer(address);
    const before = await eventually('a holder', () => holder(address));
    before.cut();
    const began = Date.now();
    try {
      assert.notEqual(await answer(address, 30_000), before.name);
      test.diagnostic(`another node answers after ${Date.now() - began} ms, with a keep-alive of ${keepAlive} s`);
    } finally {
      before.mend();
    }
    await eventually('one holder', async () => (await holder(address).catch(() => undefined)) !== undefined, 20_000);
    await answer(address);
  });

  it('leaves no address, interface or status behind', async () => {
    await pods.client.call('PATCH', `${services}/late`, { spec: { type: 'ClusterIP' } });
    await eventually('late to have none', async () => (await reasonOf('late')) === undefined);
    assert.deepEqual((await get('late')).status, { loadBalancer: {} });
    await cluster.hub.kubectl(['delete', 'addon', 'loadbalancer', '--timeout=40s']);
    assert.deepEqual((await get('early')).status, { loadBalancer: {} });
    for (const node of cluster.nodes) assert.equal(await hasInterface(node), false, node.name);
  });
});
