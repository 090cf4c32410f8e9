/** Services on nodes with real containers: who reaches what, from where, and what goes on when something breaks. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Service, ServiceSpec } from '../../../hub/api/service.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { example } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { createDialling, type Dialling } from '../../support/cluster/dialling.ts';

const services = '/api/v1/namespaces/default/services';
const http = { name: 'http', port: 80, targetPort: 8080 };
const udp = { name: 'udp', port: 81, targetPort: 8081, protocol: 'UDP' };

/** Asks until there is an answer. */
const soon = (what: string, ask: () => Promise<string[]>, timeout?: number): Promise<string[]> =>
  eventually(what, () => ask().catch(() => undefined), timeout);

/** Asks once in 50 ms from one socket and prints what comes, until it is ended. */
const steadyClient = `const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (text) => console.log(String(text)));
setInterval(() => socket.send('hostname', Number(process.argv[2]), process.argv[1]), 50);`;

/** Asks the API for its version as a client library in a Pod does: at the Service's address, whose certificate has to be good. */
const askApi = `const { readFileSync } = require('node:fs');
const ca = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt');
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
for (const servername of [undefined, 'kubernetes.default.svc'])
  require('node:https').get({ host, port, path: '/version', ca, servername, agent: false }, (answer) =>
    console.log(host, port, servername ?? 'address', answer.resume().statusCode));`;

/** The answers without their repetitions. */
const different = (answers: readonly string[]): string[] => [...new Set(answers)].sort();

describe('Services on nodes with a container runtime', { skip: noContainers, timeout: 240_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let other: ClusterNode;
  let pods: NodePods;
  let dial: Dialling;

  before(async () => {
    cluster = await startCluster({ nodes: 2 });
    [node, other] = cluster.nodes as [ClusterNode, ClusterNode];
    pods = podsOn(cluster, node.name);
    dial = createDialling(cluster);
    for (const [name, app] of [
      ['one', 'web'],
      ['two', 'web'],
      ['client', 'client'],
    ] as const)
      await server(name, app);
    for (const name of ['one', 'two', 'client']) await pods.ready(name, 90_000);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  const server = (name: string, app: string): Promise<void> =>
    pods.create(name, {
      labels: { app },
      // its own entrypoint serves
      container: { image: cluster.image('tools'), command: undefined as unknown as string[] },
    });

  async function serve(name: string, spec: Partial<ServiceSpec>): Promise<{ ip: string; ports: number[] }> {
    const wanted = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [http], ...spec } };
    const { status, body } = await pods.client.call('POST', services, wanted);
    assert.equal(status, 201, JSON.stringify(body));
    const { clusterIP = '', ports = [] } = (body as Service).spec;
    return { ip: clusterIP, ports: ports.map(({ nodePort = 0 }) => nodePort) };
  }

  async function change(name: string, spec: Partial<Record<keyof ServiceSpec, unknown>>): Promise<void> {
    const { status, body } = await pods.client.call('PATCH', `${services}/${name}`, { spec });
    assert.equal(status, 200, JSON.stringify(body));
  }

  const remove = (name: string): Promise<unknown> => pods.client.call('DELETE', `${services}/${name}`);

  it('shows the bulletin board on port 30001 of every node', async () => {
    for (const { containerd } of cluster.nodes) {
      const image = cluster.image('bulletinboard');
      await containerd.pull(image);
      assert.equal((await containerd.ctr(['images', 'tag', image, 'docker.io/library/bulletinboard:1.0'])).code, 0);
    }
    const manifest = example('bulletinboard.yaml');
    await cluster.hub.kubectl(['apply', '-f', manifest]);
    for (const { address } of cluster.nodes)
      assert.deepEqual(await soon('the board to show', () => dial.fromHere(`http://${address}:30001/`), 60_000), [
        'ok',
      ]);
    await cluster.hub.kubectl(['delete', '-f', manifest, '--wait=false']);
  });

  it('leads a ClusterIP to all its Pods, for Pods and for the node, by TCP and UDP', async () => {
    const { ip } = await serve('web', { selector: { app: 'web' }, ports: [http, udp] });
    for (const target of [`http://${ip}/hostname`, `udp://${ip}:81`]) {
      await soon(`${target} to answer`, () => dial.fromPod('client', target));
      assert.deepEqual(different(await dial.fromPod('client', target, 30)), ['one', 'two'], target);
      assert.deepEqual(different(await dial.fromNode(node, target, 30)), ['one', 'two'], target);
    }
    // the Pod's own address arrives, from a Pod of the same node too
    const { status } = await pods.ready('client');
    const seen = await dial.fromPod('client', `http://${ip}/clientip`, 4);
    for (const address of seen) assert.equal(address.split(':')[0], status?.podIP);
    const refused = await dial.failureFromPod('client', `http://${ip}:99/`);
    assert.match(refused.text, /ECONNREFUSED/);
    await remove('web');
  });

  it('leads Pods to the API', async () => {
    const said = await cluster.hub.kubectl(['exec', 'client', '--', '/usr/bin/node', '-e', askApi]);
    const lines = said.trim().split('\n').sort();
    assert.deepEqual(lines, ['10.152.0.1 443 address 200', '10.152.0.1 443 kubernetes.default.svc 200']);
  });

  it('leads a Pod to itself', async () => {
    const { ip } = await serve('self', { selector: { app: 'client' }, ports: [http, udp] });
    await soon('the Service to answer', () => dial.fromPod('client', `http://${ip}/hostname`));
    assert.deepEqual(different(await dial.fromPod('client', `http://${ip}/hostname`, 5)), ['client']);
    assert.deepEqual(different(await dial.fromPod('client', `udp://${ip}:81`, 5)), ['client']);
    await remove('self');
  });

  it('opens a NodePort on the node for machines outside, and for Pods and the node itself', async () => {
    const { ports } = await serve('outside', { type: 'NodePort', selector: { app: 'web' } });
    const target = `http://${node.address}:${ports[0]}/hostname`;
    await soon('the port to answer', () => dial.fromHere(target));
    assert.deepEqual(different(await dial.fromHere(target, 30)), ['one', 'two']);
    assert.deepEqual(different(await dial.fromPod('client', target, 30)), ['one', 'two']);
    assert.deepEqual(different(await dial.fromNode(node, target, 30)), ['one', 'two']);
    await remove('outside');
    await eventually('the port to be closed', async () => /REFUSED/.test((await dial.failureFromHere(target)).text));
  });

  it('keeps the address of who comes from outside where policy Local is set, and is silent on other nodes', async () => {
    const { ip, ports } = await serve('local', {
      type: 'NodePort',
      selector: { app: 'web' },
      externalTrafficPolicy: 'Local',
      externalIPs: ['192.0.2.77'],
    });
    const target = `http://${node.address}:${ports[0]}/clientip`;
    const [address = ''] = await soon('the port to answer', () => dial.fromHere(target));
    assert.match(address, /^198\.\d+\.\d+\.254:/);
    // a node hears of a Service a little later than another
    await eventually('the other node to be silent', async () =>
      /timed out/.test((await dial.failureFromHere(`http://${other.address}:${ports[0]}/`)).text),
    );
    await dial.fromNode(node, `http://192.0.2.77/hostname`);
    await change('local', { internalTrafficPolicy: 'Local' });
    await dial.fromPod('client', `http://${ip}/hostname`);
    await eventually('the other node to be silent', async () =>
      /timed out/.test((await dial.failureFromNode(other, `http://${ip}/`)).text),
    );
    await remove('local');
  });

  it('keeps a client with its endpoint while that is asked for', async () => {
    const { ip } = await serve('sticky', { selector: { app: 'web' } });
    const target = `http://${ip}/hostname`;
    await soon('the Service to answer', () => dial.fromPod('client', target));
    const isKept = async (): Promise<boolean> => different(await dial.fromPod('client', target, 30)).length === 1;
    assert.equal(await isKept(), false);
    await change('sticky', { sessionAffinity: 'ClientIP' });
    await eventually('the client to stay', isKept);
    const [first] = await dial.fromPod('client', target);
    await pods.create('three', { labels: { app: 'web' }, script: 'exec sleep 1000' });
    await pods.ready('three');
    assert.deepEqual(different(await dial.fromPod('client', target, 30)), [first]);
    await pods.remove('three');
    await change('sticky', { sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } });
    const table = ['nft', 'list', 'table', 'inet', 'coracle_services'];
    const clients = async (): Promise<boolean> => / expires /.test((await node.run(table)).stdout);
    // each time it is one of two
    const isFree = async (): Promise<boolean> => {
      const [before] = await dial.fromPod('client', target);
      await eventually('the kernel to forget the client', async () => !(await clients()));
      return (await dial.fromPod('client', target))[0] !== before;
    };
    await eventually('the client to be free a second after its last connection', isFree, 60_000);
    await change('sticky', { sessionAffinity: 'None' });
    await eventually('the client to be free', async () => !(await isKept()));
    await remove('sticky');
  });

  it('refuses where there is no endpoint, and answers when there is', async (test) => {
    const { ip, ports } = await serve('empty', { type: 'NodePort', selector: { app: 'late' }, ports: [http, udp] });
    const target = `http://${ip}/hostname`;
    await eventually('the Service to refuse', async () =>
      /REFUSED/.test((await dial.failureFromNode(node, target)).text),
    );
    for (const failure of [
      await dial.failureFromPod('client', target),
      await dial.failureFromHere(`http://${node.address}:${ports[0]}/`),
    ]) {
      assert.match(failure.text, /ECONNREFUSED/);
      test.diagnostic(`refused after ${failure.took} ms`);
    }
    await server('late', 'late');
    const { status } = await pods.ready('late');
    const ready = Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
    await soon('the Service to answer', () => dial.fromNode(node, target));
    // conditions have whole seconds
    test.diagnostic(`answered ${Date.now() - ready} ms after the second in which the Pod was Ready`);
    await pods.remove('late');
    await eventually('the Service to refuse', async () =>
      /REFUSED/.test((await dial.failureFromNode(node, target)).text),
    );
    await remove('empty');
  });

  it('serves slices nobody selects, and moves UDP clients when an endpoint goes', async () => {
    const { ip } = await serve('manual', { ports: [http, udp] });
    const addresses = [(await pods.ready('one')).status?.podIP, (await pods.ready('two')).status?.podIP];
    const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'manual-1', labels: { 'kubernetes.io/service-name': 'manual' } },
      addressType: 'IPv4',
      ports: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'udp', port: 8081, protocol: 'UDP' },
      ],
      endpoints: [{ addresses: [addresses[0]] }],
    };
    assert.equal((await pods.client.call('POST', path, slice)).status, 201);
    await soon('the Service to answer', () => dial.fromPod('client', `http://${ip}/hostname`));
    const [program = '', ...words] = [...node.within, process.execPath, '-e', steadyClient, ip, '81'];
    const client = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let said = '';
      client.stdout.on('data', (piece: Buffer) => {
        said += piece.toString();
      });
      await eventually('the first endpoint to answer', () => said.includes('one'));
      await pods.client.call('PATCH', `${path}/manual-1`, { endpoints: [{ addresses: [addresses[1]] }] });
      await eventually('the second one to answer', () => said.includes('two'));
    } finally {
      client.kill();
    }
    await remove('manual');
  });

  it('has its rules back within ten seconds when somebody flushes them', async () => {
    const { ip } = await serve('flushed', { selector: { app: 'web' } });
    const target = `http://${ip}/hostname`;
    await soon('the Service to answer', () => dial.fromPod('client', target));
    for (const words of [
      ['flush', 'ruleset'],
      ['flush', 'table', 'inet', 'coracle_services'],
      ['delete', 'table', 'inet', 'coracle_services'],
    ]) {
      assert.equal((await node.run(['nft', ...words])).code, 0);
      await eventually(`the Service to answer after ${words.join(' ')}`, () => dial.fromPod('client', target), 10_000);
    }
    await remove('flushed');
  });

  it('goes on while the hub is away and the agent is killed, and when that starts again', async () => {
    const { ip } = await serve('steady', { selector: { app: 'web' } });
    const sticky = await serve('steady-client', { selector: { app: 'web' }, sessionAffinity: 'ClientIP' });
    const kept = `http://${sticky.ip}/hostname`;
    const [stayed] = await soon('the other Service to answer', () => dial.fromNode(node, kept));
    const target = `http://${ip}/hostname`;
    await soon('the Service to answer', () => dial.fromNode(node, target));
    node.cut();
    try {
      await node.agent.kill();
      assert.deepEqual(different(await dial.fromNode(node, target, 20)), ['one', 'two']);
      const under = dial.fromNode(node, target, 300);
      await node.agent.start();
      assert.equal((await under).length, 300);
      assert.deepEqual(different(await dial.fromNode(node, kept, 20)), [stayed]);
      await node.run(['nft', 'flush', 'ruleset']);
      await soon('the Service to answer', () => dial.fromNode(node, target), 10_000);
    } finally {
      node.mend();
    }
    await remove('steady-client');
    await remove('steady');
  });
});
