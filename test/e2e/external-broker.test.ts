/** A cluster over Mosquitto, as a user sets it up: `coracle start --mqtt-url`, the emitted files, and nodes that join. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Node } from '../../hub/api/node.ts';
import { unpack } from '../../hub/api/payload.ts';
import { nodeTopic, servicesTopic } from '../../hub/api/topics.ts';
import { nodeUserName } from '../../hub/api/user.ts';
import { coracle, joinNode, kubectl, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, mosquittoMissing, runMosquitto } from '../support/mosquitto.ts';
import { connectPeer, type MqttPeer } from '../support/mqtt-peer.ts';

const missing = mosquittoMissing();
const word = 'a-word-nobody-else-says';
const workload = `
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {word: ${word}}
---
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  nodeName: edge-1
  terminationGracePeriodSeconds: 1
  containers:
  - name: main
    image: none
    command: [sh, -c, 'echo "read $(cat $CORACLE_VOLUME_HIDDEN/word | wc -c)"; exec sleep 100000']
    volumeMounts: [{name: hidden, mountPath: /hidden}]
  volumes: [{name: hidden, secret: {secretName: hidden}}]
`;

/** The certificate of a kubeconfig's user: it may look on where a test lets it. */
function adminOf(dir: string): { cert: string; key: string; ca: string } {
  const text = readFileSync(join(dir, 'kubeconfig'), 'utf8');
  const field = (name: string): string =>
    Buffer.from(new RegExp(`${name}: *(\\S+)`).exec(text)?.[1] ?? '', 'base64').toString();
  return {
    cert: field('client-certificate-data'),
    key: field('client-key-data'),
    ca: field('certificate-authority-data'),
  };
}

/** A node's own certificate. */
function nodeIdentity(dir: string): { cert: string; key: string; ca: string } {
  const pki = join(dir, 'agent', 'pki');
  const { certificate } = JSON.parse(readFileSync(join(pki, 'node.json'), 'utf8')) as { certificate: string };
  return { cert: certificate, key: readFileSync(join(pki, 'node.key'), 'utf8'), ca: '' };
}

describe('over Mosquitto', missing === undefined ? {} : { skip: missing }, () => {
  const ending: (() => unknown)[] = [];
  const scope = { after: (run: () => unknown) => void ending.unshift(run) } as Pick<TestContext, 'after'>;
  const seen: string[] = [];
  let dir: string;
  let port: number;
  let url: string;
  let hub: TestHub;
  let edges: TestMachine[];

  const isReady = (name: string): boolean => {
    const node = JSON.parse(kubectl(hub.dir, ['get', 'node', name, '-o', 'json'])) as Node;
    return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  };

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coracle-hub-'));
    port = await freePort();
    url = `mqtts://127.0.0.1:${port}`;
  });
  after(async () => {
    for (const run of ending) await run();
    await coracle(['stop', '--data-dir', dir]);
    rmSync(dir, { recursive: true, force: true });
  });

  it('says what to do while there is no broker, and has written what the broker needs', async () => {
    const free = ['--api-port', '0', '--join-port', '0', '--bind-address', '127.0.0.1', '--no-agent'];
    const { code, stderr } = await coracle(['start', '--data-dir', dir, '--mqtt-url', url, ...free]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`the MQTT broker at ${url} cannot be used: .*ECONNREFUSED`));
    assert.match(stderr, /sudo install -o mosquitto -m 0400 \S+\/hub\/mosquitto\/\* \/etc\/mosquitto\/conf\.d\//);
    const status = await coracle(['status', '--data-dir', dir]);
    assert.match(status.stdout, /^ {2}the MQTT broker at \S+ cannot be used: /m);
  });

  it('uses the broker as soon as it is there, and nodes join over it', async () => {
    const directory = join(dir, 'hub', 'mosquitto');
    await runMosquitto(scope, { directory, port, moreAcl: 'user coracle-admin\ntopic read coracle/#\n' });
    const outcome = await coracle(['start', '--data-dir', dir, '--no-agent']);
    assert.equal(outcome.code, 0, outcome.stderr);
    hub = await startHub(['--no-agent'], dir);
    await eventually(
      'the hub uses its broker',
      () => coracle(['status', '--data-dir', dir]).then(({ stdout }) => !stdout.includes('broker')),
      20_000,
    );
    const admin = await connectPeer(scope, { port, identity: adminOf(dir), clientId: 'coracle-admin' });
    assert.ok(admin, 'the test looks on');
    admin.client.on('message', (topic, payload) => seen.push(`${topic} ${unpack(payload)}`));
    assert.deepEqual(await admin.subscribe('coracle/#'), ['coracle/#']);
    edges = [await joinNode(await hub.joinUrl(), 'edge-1'), await joinNode(await hub.joinUrl(), 'edge-2')];
    for (const edge of edges) scope.after(() => edge.stop());
    await eventually('both are Ready', () => isReady('edge-1') && isReady('edge-2'), 20_000);
    await eventually('the test sees what they said', () =>
      seen.some((message) => message.startsWith(`${nodeTopic('edge-2', 'report')} `)),
    );
  });

  it('runs a Pod with a Secret that the broker never sees', async () => {
    await hub.kubectl(['apply', '-f', '-'], workload);
    await hub.kubectl(['wait', '--for=condition=Ready', 'pod/reader', '--timeout=30s']);
    const log = await eventually('the Pod has read its Secret', () =>
      hub.kubectl(['logs', 'reader']).then((text) => text),
    );
    assert.match(log, new RegExp(`^read ${word.length}$`, 'm'));
    assert.ok(seen.some((message) => message.startsWith(nodeTopic('edge-1', 'objects')) && message.includes('reader')));
    const encoded = Buffer.from(word).toString('base64');
    assert.equal(
      seen.some((message) => message.includes(word) || message.includes(encoded)),
      false,
    );
  });

  it('lets a node speak and hear as itself only', async () => {
    const [one] = edges;
    await one?.kill('agent');
    const identity = nodeIdentity(one?.dir ?? '');
    const peer = (await connectPeer(scope, { port, identity, clientId: nodeUserName('edge-1') })) as MqttPeer;
    const [own, theirs] = [nodeTopic('edge-1', 'objects'), nodeTopic('edge-2', 'objects')];
    await peer.subscribe(own, theirs, 'coracle/v1/nodes/+/objects', '#');
    const before = seen.length;
    for (const topic of [nodeTopic('edge-2', 'report'), own, theirs, servicesTopic]) {
      await peer.publish(topic, '{"evil":true}');
    }
    assert.equal(await peer.publish(nodeTopic('edge-1', 'usage'), '{"last":true}'), true);
    await eventually('the honest message passes', () => seen.slice(before).some((text) => text.includes('"last"')));
    assert.equal(
      seen.slice(before).some((message) => message.includes('evil')),
      false,
    );
    await hub.kubectl(['label', 'node', 'edge-2', 'seen=by-edge-2-only']);
    await eventually('the other node is told', () =>
      seen.slice(before).some((text) => text.startsWith(theirs) && text.includes('by-edge-2-only')),
    );
    assert.deepEqual(peer.received, []);
    peer.end();
  });

  it('does not hear a node that was removed', async () => {
    const outcome = await coracle(['remove-node', 'edge-2', '--force', '--data-dir', dir]);
    assert.equal(outcome.code, 0, outcome.stderr);
    const [, two] = edges;
    await two?.kill('agent');
    const before = seen.length;
    await two?.start();
    await eventually('it tries to register', () =>
      seen.slice(before).some((text) => text.startsWith(nodeTopic('edge-2', 'report')) && text.includes('"register"')),
    );
    await hub.kubectl(['get', 'nodes']);
    assert.doesNotMatch(await hub.kubectl(['get', 'nodes']), /edge-2/);
  });
});
