/** Joining as a user does it, and what a joined node may and may not do at a real hub with its real certificate. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeTopic } from '../../hub/api/topics.ts';
import type { Node } from '../../hub/api/node.ts';
import { connectPeer } from '../support/mqtt-peer.ts';
import {
  coracle,
  joinNode,
  noKubectl,
  type Outcome,
  startHub,
  type TestHub,
  type TestMachine,
} from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { createNetworkNamespace } from '../support/network-namespace.ts';
import { assertFailure, assertSuccess } from '../support/outcome.ts';
import { processesOf } from '../support/processes.ts';

let hub: TestHub;
const places: string[] = [];
/** `coracle join` from a new directory. */
const tryJoin = (url: string, name: string, ...more: string[]): Promise<Outcome> => {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-try-'));
  places.push(dir);
  return coracle(['join', url, '--data-dir', dir, '--node-name', name, '--runtime', 'process', ...more]);
};

before(async () => {
  hub = await startHub(['--no-agent']);
});
after(async () => {
  for (const dir of places) {
    await coracle(['stop', '--data-dir', dir]);
    for (const { pid } of processesOf(dir)) process.kill(pid, 'SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
  await hub?.stop();
});

describe('coracle join', () => {
  it('that fails does not use the token up; one that works does', async () => {
    const url = await hub.joinUrl();
    const [address = '', token = '', caHash = ''] = url.split('/');
    const wrongHash = `${address}/${token}/${'0'.repeat(64)}`;
    assertFailure(await tryJoin(wrongHash, 'a'), 4, /is not the hub you meant: .*Nothing was sent/, /add-node/);
    const wrongToken = `${address}/${'f'.repeat(32)}/${caHash}`;
    assertFailure(await tryJoin(wrongToken, 'a'), 4, /the join token is not known here/);
    const wrongPort = `127.0.0.1:1/${token}/${caHash}`;
    assertFailure(await tryJoin(wrongPort, 'a'), 3, /nothing listens there/, /coracle status/);
    const wrongName = `nowhere.invalid:1/${token}/${caHash}`;
    assertFailure(
      await tryJoin(wrongName, 'a'),
      3,
      /the name (is not known|cannot be looked up)/,
      /check host and port/,
    );
    assertSuccess(await tryJoin(url, 'a'));
    assertFailure(await tryJoin(url, 'b'), 4, /the join token was already used/);
  });

  it('is refused with an expired token', async () => {
    const url = await hub.joinUrl(['--token-ttl', '1']);
    const end = Date.now() + 1000;
    await eventually('the token to end', () => Date.now() > end);
    assertFailure(await tryJoin(url, 'late'), 4, /the join token has expired/);
  });

  it('is refused for a name that another device has', async () => {
    assertSuccess(await tryJoin(await hub.joinUrl(), 'taken'));
    assertFailure(
      await tryJoin(await hub.joinUrl(), 'taken'),
      1,
      /"taken" belongs to another device: .*remove-node taken/,
    );
  });

  it('takes a host name, labels and taints', { skip: noKubectl }, async () => {
    const url = (await hub.joinUrl()).replace('127.0.0.1', 'localhost');
    const taint = 'only=radios:NoSchedule';
    const words = ['--label', 'site=harbour', '--label', 'example.com/kind=buoy', '--taint', taint];
    assertSuccess(await tryJoin(url, 'named', ...words));
    const ready = ['wait', '--for=condition=Ready', 'node/named', '--timeout=10s'];
    await eventually('the node', () => hub.kubectl(ready).catch(() => false as const));
    const node = JSON.parse(await hub.kubectl(['get', 'node', 'named', '-o', 'json'])) as Node;
    assert.equal(node.metadata.labels?.['site'], 'harbour');
    assert.equal(node.metadata.labels?.['example.com/kind'], 'buoy');
    const taints = (node.spec?.taints ?? []).map(({ key, value, effect }) => `${key}=${value}:${effect}`);
    assert.ok(taints.includes(taint), taints.join());
  });

  it('serves several hubs and nodes on one machine', { skip: noKubectl }, async (test) => {
    const ranges = ['--cluster-cidr', '10.200.0.0/16', '--service-cidr', '10.99.0.0/16'];
    const other = await startHub(['--runtime', 'process', '--node-name', 'own', ...ranges]);
    test.after(() => other.stop());
    assertSuccess(await tryJoin(await other.joinUrl(), 'a'));
    const ready = ['status', '--data-dir', other.dir, '--wait-ready', '--timeout', '10'];
    assertSuccess(await coracle(ready));
    const names = (await other.kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
    assert.deepEqual(names, ['node/a', 'node/own']);
    assert.match(await other.kubectl(['get', 'service', 'kubernetes']), / 10\.99\.0\.1 /);
    assert.match(
      await other.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].spec.podCIDR}']),
      /10\.200\.\d+\.0\/24/,
    );
    await other.stop();
    assert.match(await hub.kubectl(['get', 'node', 'a']), /a +Ready/);
  });
});

describe('a joined node', { skip: noKubectl }, () => {
  let edge: TestMachine;
  let other: TestMachine;
  interface Files {
    key: string;
    certificate: string;
    ca: string;
  }
  const identity = (machine: TestMachine): Files => {
    const pki = join(machine.dir, 'agent', 'pki');
    const facts = JSON.parse(readFileSync(join(pki, 'node.json'), 'utf8')) as Files;
    return { ...facts, key: readFileSync(join(pki, 'node.key'), 'utf8') };
  };
  /** kubectl with the node's own certificate. */
  const asEdge = (...words: string[]): Promise<string> => {
    const { key, certificate, ca } = identity(edge);
    const file = (name: string, text: string): string => {
      writeFileSync(join(edge.dir, name), text, { mode: 0o600 });
      return join(edge.dir, name);
    };
    const server = `https://127.0.0.1:${hub.ports['api']}`;
    const files = ['--client-key', file('k', key), '--client-certificate', file('c', certificate)];
    const access = ['--kubeconfig', '/dev/null', '--server', server, '--certificate-authority', file('ca', ca)];
    return hub.kubectl([...words, ...access, ...files]);
  };

  before(async () => {
    edge = await joinNode(await hub.joinUrl(), 'edge');
    other = await joinNode(await hub.joinUrl(), 'other');
    for (const name of ['mine', 'theirs'])
      await hub.kubectl(['create', 'secret', 'generic', name, '--from-literal=k=v']);
    const pod = (name: string, node: string, secretName: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        nodeName: node,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'none', command: ['sleep', '100000'] }],
        volumes: [{ name: 'secret', secret: { secretName } }],
      },
    });
    const items = [pod('on-edge', 'edge', 'mine'), pod('on-other', 'other', 'theirs')];
    await hub.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await hub.kubectl(['wait', '--for=condition=Ready', 'pod/on-edge', 'pod/on-other', '--timeout=20s']);
  });
  after(async () => {
    await edge?.stop();
    await other?.stop();
  });

  it('reads the Secrets its Pods name, and no others', async () => {
    assert.match(await asEdge('get', 'secret', 'mine'), /mine +Opaque/);
    await assert.rejects(asEdge('get', 'secret', 'theirs'), /Forbidden.*no relationship found/);
    await assert.rejects(asEdge('get', 'secrets'), /Forbidden/);
    await assert.rejects(asEdge('get', 'secrets', '-n', 'kube-system'), /Forbidden/);
    await assert.rejects(asEdge('get', 'configmap', 'coracle-join', '-n', 'kube-system'), /Forbidden/);
  });

  it('changes its own Node and nobody else', async () => {
    assert.match(await asEdge('label', 'node', 'edge', 'colour=blue'), /labeled/);
    await assert.rejects(asEdge('label', 'node', 'other', 'colour=blue'), /[Ff]orbidden/);
    await assert.rejects(asEdge('delete', 'pod', 'on-other'), /[Ff]orbidden/);
    await assert.rejects(asEdge('create', 'namespace', 'x'), /[Ff]orbidden/);
    await assert.rejects(
      asEdge('create', 'clusterrolebinding', 'x', '--clusterrole=cluster-admin', '--user=x'),
      /[Ff]orbidden/,
    );
    assert.equal(await asEdge('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'), 'system:node:edge');
  });

  it('neither hears nor speaks for another at the broker', async (test) => {
    const { key, certificate: cert, ca } = identity(edge);
    const port = hub.ports['mqtt'] ?? 0;
    const dial = () => connectPeer(test, { port, identity: { key, cert, ca }, clientId: 'system:node:edge' });
    await edge.kill('agent');
    const peer = await dial();
    assert.ok(peer !== undefined);
    const own = nodeTopic('edge', 'objects');
    const wanted = [
      own,
      nodeTopic('other', 'objects'),
      nodeTopic('other', 'report'),
      'coracle/v1/nodes/+/objects',
      '#',
    ];
    assert.deepEqual(await peer.subscribe(...wanted), [own]);
    const report = JSON.stringify({ online: false, epoch: 'x.1', boot: 'x', version: 'x' });
    await peer.publish(nodeTopic('other', 'session'), report);
    await eventually('the broker to close the connection', () => peer.closed);
    assert.match(await hub.kubectl(['get', 'node', 'other']), /other +Ready/);
    await edge.start();
    await hub.kubectl(['wait', '--for=condition=Ready', 'node/edge', '--timeout=20s']);
  });
});

describe('a hub without a default route', () => {
  const network = createNetworkNamespace();
  const skip = typeof network === 'string' ? network : false;
  after(() => {
    if (typeof network !== 'string') network.remove();
  });

  it('starts, offers its address, and is joined from the other end of the cable', { skip }, async (test) => {
    if (typeof network === 'string') return;
    const dir = mkdtempSync(join(tmpdir(), 'coracle-island-'));
    places.push(dir);
    const words = ['start', '--data-dir', dir, '--runtime', 'process', '--node-name', 'island'];
    assertSuccess(await coracle(words, {}, network.within));
    const { stdout } = await coracle(['add-node', '--data-dir', dir, '--format', 'json'], {}, network.within);
    const [url = ''] = (JSON.parse(stdout) as { urls: string[] }).urls;
    assert.ok(url.startsWith(`${network.inside}:25000/`), url);
    const edge = await joinNode(url, 'shore');
    test.after(() => edge.stop());
    // the kubeconfig names an address both ends can reach
    const ready = ['status', '--data-dir', dir, '--wait-ready', '--timeout', '10', '--format', 'short'];
    assert.equal((await coracle(ready)).stdout, 'coracle is running\n');
  });

  it('starts with nothing but loopback', { skip }, async () => {
    if (typeof network === 'string') return;
    const dir = mkdtempSync(join(tmpdir(), 'coracle-alone-'));
    places.push(dir);
    const alone = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
    const words = ['start', '--data-dir', dir, '--runtime', 'process', '--node-name', 'alone'];
    assertSuccess(await coracle(words, {}, alone));
    assertSuccess(await coracle(['stop', '--data-dir', dir]));
  });
});
