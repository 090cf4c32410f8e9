/** Addons whose programs are our own, on a real hub and a real node: enabled, at work, disabled with nothing left behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MqttClient } from 'mqtt';
import { ApiClient } from '../../agent/programs/client/client.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { noKubectl, startHub, type TestHub } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { fetchAs } from '../support/named-host.ts';
import { tempDir } from '../support/temp-dir.ts';

let hub: TestHub;

before(async () => {
  if (noKubectl === false) hub = await startHub(['--runtime', 'process']);
});
after(() => hub?.stop());

const jsonPath = (words: string, path: string): Promise<string> =>
  hub.kubectl(['get', ...words.split(' '), '-o', `jsonpath={${path}}`]);

/** The API as the ServiceAccount of an addon, called as its namespace, reaches it. */
async function clientAs(name: string, bound: readonly string[] = []): Promise<ApiClient> {
  const token = (await hub.kubectl(['create', 'token', name, '-n', name, ...bound])).trim();
  const kubeconfig = readFileSync(join(hub.dir, 'kubeconfig'), 'utf8');
  const ca = Buffer.from(/certificate-authority-data: *(\S+)/.exec(kubeconfig)?.[1] ?? '', 'base64');
  const access = { host: '127.0.0.1', port: hub.ports['api'] ?? 0, ca, namespace: name, token: async () => token };
  const client = new ApiClient({ access, name: 'test' });
  after(() => client.close());
  return client;
}

const hasRegistry = spawnSync('docker-registry', ['--version'], { stdio: 'ignore' }).status === 0;
const noRegistry = hasRegistry ? false : 'docker-registry is not installed (Debian: apt-get install docker-registry)';
const hasPrometheus = spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0;
const noPrometheus = hasPrometheus ? false : 'prometheus is not installed (Debian: apt-get install prometheus)';

/** Enables an addon and waits until it is ready. */
async function enable(name: string, values: Record<string, string> = {}): Promise<void> {
  const addon = {
    apiVersion: 'addons.coracle.io/v1',
    kind: 'Addon',
    metadata: { name },
    spec: { arguments: values },
  };
  await hub.kubectl(['apply', '-f', '-'], JSON.stringify(addon));
  await hub
    .kubectl(['wait', `addon/${name}`, '--for=jsonpath={.status.phase}=Ready', '--timeout=30s'])
    .catch(async (error: unknown) => {
      const status = await jsonPath(`addon ${name}`, '.status');
      throw new Error(`addon ${name} is not ready: ${status}`, { cause: error });
    });
}

/** Disables it; afterwards nothing of what it applied is there. */
async function disable(name: string): Promise<void> {
  const applied = JSON.parse(await jsonPath(`addon ${name}`, '.status.applied')) as {
    kind: string;
    apiVersion: string;
    namespace?: string;
    name: string;
  }[];
  assert.ok(applied.length > 0);
  await hub.kubectl(['delete', 'addon', name, '--timeout=30s']);
  for (const kind of new Set(applied.map((one) => `${one.kind}.${one.apiVersion.split('/').reverse().join('.')}`))) {
    const plain = kind.replace(/\.v1$/, '');
    const words = ['get', plain, '-A', '-l', `addons.coracle.io/addon=${name}`, '-o', 'name'];
    await eventually(`no ${plain} of ${name}`, async () => (await hub.kubectl(words)).trim() === '');
  }
}

/** A Pod that says two words. */
const talker = `
apiVersion: v1
kind: Pod
metadata: {name: talker}
spec:
  restartPolicy: Never
  runtimeClassName: process
  containers: [{name: main, image: example.org/shell:1, command: [sh, -c, 'echo one; echo two']}]
`;

describe('addons with programs of our own', { skip: noKubectl, concurrency: true }, () => {
  it('device-labels: a Node is labelled, its program cannot label more, and disabling takes the labels away', async () => {
    const labels = async (): Promise<string[]> => {
      const text = await jsonPath('nodes', '.items[0].metadata.labels');
      return Object.keys(JSON.parse(text) as object).filter((key) => key.startsWith('device.coracle.io/'));
    };
    await enable('device-labels');
    await eventually('labels', async () => (await labels()).length > 0);
    const node = await jsonPath('nodes', '.items[0].metadata.name');
    const pod = await jsonPath('pods -n device-labels', '.items[0].metadata.name');
    const bound = await clientAs('device-labels', ['--bound-object-kind', 'Pod', '--bound-object-name', pod]);
    const patch = (client: ApiClient, label: string): Promise<unknown> =>
      client.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { [label]: '1' } } });
    await patch(bound, 'device.coracle.io/mine');
    await assert.rejects(patch(bound, 'example.org/mine'), /labels of device.coracle.io alone/);
    const other = await clientAs('device-labels');
    await assert.rejects(patch(other, 'device.coracle.io/other'), /changes the Node it runs on/);
    await bound.patch(`/api/v1/nodes/${node}`, { metadata: { labels: { 'device.coracle.io/mine': null } } });
    await assert.rejects(
      bound.patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: true } }),
      /changes labels alone/,
    );
    await disable('device-labels');
    assert.deepEqual(await labels(), []);
  });

  it('log-collector: lines of Pods are on the disk with whose they are, each once', async (test) => {
    const dir = tempDir(test);
    const state = join(dir, 'state');
    await hub.kubectl(['apply', '-f', '-'], talker);
    await enable('log-collector', { directory: dir, state, podLogs: join(dir, 'none') });
    const lines = (): { pod: string; container: string; log: string }[] =>
      (existsSync(join(dir, 'pods.jsonl')) ? readFileSync(join(dir, 'pods.jsonl'), 'utf8') : '')
        .split('\n')
        .filter((line) => line.includes('"namespace":"default"'))
        .map((line) => JSON.parse(line) as { pod: string; container: string; log: string });
    await eventually('both lines', () => lines().length === 2);
    assert.deepEqual(
      lines().map(({ pod, container, log }) => [pod, container, log]),
      ['one', 'two'].map((word) => ['talker', 'main', word]),
    );
    await hub.kubectl(['-n', 'log-collector', 'delete', 'pod', '--all']);
    await hub.kubectl(['apply', '-f', '-'], talker.replace('talker', 'other'));
    await eventually('the other Pod', () => lines().some(({ pod }) => pod === 'other'));
    assert.equal(lines().filter(({ pod }) => pod === 'talker').length, 2);
    await disable('log-collector');
    assert.equal(existsSync(state), false);
  });

  it('mqtt: a Secret is a user, from when it is made until it is deleted', async () => {
    const port = await freePort();
    await enable('mqtt', { port: String(port) });
    const secret = {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/basic-auth' },
      metadata: {
        ...{ name: 'cook', namespace: 'mqtt', labels: { 'mqtt.coracle.io/user': 'true' } },
        annotations: { 'mqtt.coracle.io/publish': 'kitchen', 'mqtt.coracle.io/subscribe': 'kitchen' },
      },
      stringData: { username: 'cook', password: 'word' },
    };
    const again = { reconnectPeriod: 100, reconnectOnConnackError: true };
    const options = { username: 'cook', password: 'word', clean: true, ...again };
    type Build = ConstructorParameters<typeof MqttClient>[0];
    const client = new MqttClient((() => connectTcp(port, '127.0.0.1')) as unknown as Build, options);
    client.on('error', () => {});
    try {
      await hub.kubectl(['apply', '-f', '-'], JSON.stringify(secret));
      await eventually('the connection', () => client.connected);
      const heard: string[] = [];
      client.on('message', (_, payload) => heard.push(payload.toString()));
      await client.subscribeAsync('kitchen');
      await client.publishAsync('kitchen', 'hello', { qos: 1 });
      await eventually('the message', () => heard.length > 0);
      assert.deepEqual(heard, ['hello']);
      await hub.kubectl(['-n', 'mqtt', 'delete', 'secret', 'cook']);
      await eventually('the connection to be cut', () => !client.connected);
    } finally {
      client.end(true);
    }
    await disable('mqtt');
  });

  it('registry: the program of the machine takes and gives blobs', { skip: noRegistry }, async () => {
    const port = await freePort();
    await enable('registry', { runtime: 'process', port: String(port) });
    const base = `http://127.0.0.1:${port}/v2/some/image/blobs`;
    const upload = await fetch(`${base}/uploads/`, { method: 'POST' });
    assert.equal(upload.status, 202);
    const digest = `sha256:${createHash('sha256').update('layer').digest('hex')}`;
    const place = new URL(upload.headers.get('location') ?? '', base);
    place.searchParams.set('digest', digest);
    assert.equal((await fetch(place, { method: 'PUT', body: 'layer' })).status, 201);
    assert.equal(await (await fetch(`${base}/${digest}`)).text(), 'layer');
    await disable('registry');
  });

  it('observability: Prometheus of the machine reads the hub', { skip: noPrometheus }, async () => {
    const port = await freePort();
    await enable('observability', { runtime: 'process', port: String(port), interval: '1s' });
    const query = async (expression: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return data.result.map(({ value }) => value[1]).join();
    };
    await eventually('the hub is read', async () => (await query('up{job="hub"}')) === '1');
    assert.equal(await query('coracle_node_connected'), '1');
    assert.match(await query('coracle_certificate_expiration_timestamp_seconds{certificate="api"} > time()'), /^\d+$/);
    const rules = (await (await fetch(`http://127.0.0.1:${port}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { health: string }[] }[] };
    };
    const healths = rules.data.groups.flatMap((group) => group.rules.map(({ health }) => health));
    assert.ok(healths.length >= 10 && !healths.includes('err'), healths.join());
    await disable('observability');
  });

  it('ingress: hosts and paths reach a Service, TLS has the certificate of a Secret, and Ingresses say where', async () => {
    const [httpPort, httpsPort, webPort] = [await freePort(), await freePort(), await freePort()];
    await enable('ingress', { httpPort: String(httpPort), httpsPort: String(httpsPort) });
    const { ca, cert, key } = await (await createTestAuthority()).server('shop.example.org', ['shop.example.org']);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const script = `require('node:http').createServer((asked, answer) => answer.end(asked.headers['x-forwarded-proto'] + asked.url)).listen(${webPort})`;
    const manifests = [
      {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { app: 'web' } } },
        spec: { containers: [{ name: 'web', image: 'web', command: [process.execPath, '-e', script] }] },
      },
      {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
        spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: webPort }] },
      },
      {
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, type: 'kubernetes.io/tls' },
        data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
      },
      {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' } },
        spec: {
          tls: [{ hosts: ['shop.example.org'], secretName: 'web' }],
          rules: [
            {
              host: 'shop.example.org',
              http: {
                paths: [
                  { pathType: 'Prefix', path: '/a', backend: { service: { name: 'web', port: { name: 'http' } } } },
                ],
              },
            },
          ],
        },
      },
    ];
    await hub.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
    const asked = (url: string): Promise<string> => fetchAs('shop.example.org', url, ca);
    await eventually('an answer', async () => (await asked(`http://127.0.0.1:${httpPort}/a/b`)) === '200 http/a/b');
    await eventually('TLS', async () =>
      asked(`https://127.0.0.1:${httpsPort}/a`).then(
        (text) => text === '200 https/a',
        () => false,
      ),
    );
    assert.match(await asked(`http://127.0.0.1:${httpPort}/b`), /^404/);
    const program = await clientAs('ingress');
    await assert.rejects(program.get('/api/v1/namespaces/default/secrets'), /cannot list resource "secrets"/);
    await assert.rejects(program.get('/api/v1/secrets?watch=true'), /cannot watch resource "secrets"/);
    const address = await jsonPath('nodes', '.items[0].status.addresses[0].address');
    await eventually(
      'its address',
      async () => (await jsonPath('ingress web', '.status.loadBalancer.ingress[0].ip')) === address,
    );
    await hub.kubectl(['delete', 'ingress,service,secret,pod', 'web', '--now']);
    await disable('ingress');
  });
});
