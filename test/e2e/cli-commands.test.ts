/** The commands an operator uses every day, on one hub with one node. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { coracle, noKubectl, type Outcome, startHub, stayingCoracle, type TestHub } from '../support/coracle.ts';
import { freePort } from '../support/free-port.ts';
import { assertFailure, assertSuccess } from '../support/outcome.ts';
import { containerPids } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: none, command: [sleep, "100000"]}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80}]
`;

/** Answers every byte it gets, on \`port\` of the machine. */
const echo = (port: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: none
          command: [${JSON.stringify(process.execPath)}, -e, "require('net').createServer((s) => s.pipe(s)).listen(${port}, '127.0.0.1')"]
          readinessProbe: {tcpSocket: {host: 127.0.0.1, port: ${port}}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{name: raw, port: 80, targetPort: ${port}}]
`;

/** Sends so many bytes to a local port and answers how many come back. */
function through(port: number, size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.alloc(size, 7)));
    let got = 0;
    socket.on('data', (data: Buffer) => {
      got += data.length;
      if (got >= size) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(got));
  });
}

describe('coracle, day by day', { skip: noKubectl }, () => {
  let hub: TestHub;
  const at = (...words: string[]): Promise<Outcome> => coracle([...words, '--data-dir', hub.dir]);

  before(async () => {
    hub = await startHub(['--runtime', 'process', '--node-name', 'here']);
  });
  after(() => hub?.stop());

  it('waits for a rollout, and says when there is none', async () => {
    await hub.kubectl(['apply', '-f', '-'], web);
    const outcome = await at('rollout', 'status', 'web', '--timeout', '30');
    assertSuccess(outcome);
    assert.match(outcome.stdout, /deployments\/web has rolled out: 1 of 1 run\.\n$/);
    const json = await at('rollout', 'status', 'deployment/web', '--format', 'json', '--no-watch');
    assert.equal((JSON.parse(json.stdout) as { done: boolean }).done, true);
    await hub.kubectl(['create', 'deployment', 'never', '--image=none']);
    const waiting = stayingCoracle(['rollout', 'status', 'never', '--timeout', '30', '--data-dir', hub.dir]);
    await waiting.until(/of 1 updated/);
    await hub.kubectl(['delete', 'deployment', 'never']);
    await waiting.until(/^coracle: deployments\/never was deleted while it rolled out\n$/m);
    assert.equal(await waiting.ended, 1);
    assertFailure(await at('rollout', 'status', 'wep'), 1, /nothing that rolls out is called "wep"/, /get deployments/);
    assertFailure(await at('rollout', 'status', 'pod/web'), 2, /is no NAME, deployment\/NAME/);
  });

  it('says where a Service is reached', async () => {
    const url = await at('service', 'web', '--url');
    assertSuccess(url);
    assert.match(url.stdout, /^http:\/\/[^/]+:3\d{4}\n$/);
    const { urls } = JSON.parse((await at('service', 'web', '--format', 'json')).stdout) as {
      urls: { from: string }[];
    };
    assert.deepEqual(
      urls.map(({ from }) => from),
      ['nodes', 'cluster'],
    );
    assertFailure(await at('service', 'wep'), 1, /there is no Service "wep" in namespace "default"/, /get services/);
  });

  it('pauses the control plane while Pods run on', async () => {
    const pods = containerPids(hub.dir);
    assert.equal(pods.length, 1);
    const agent = hub.pid('agent');
    assertSuccess(await at('pause'));
    assertFailure(await at('service', 'web'), 3, /the hub is not running/);
    assert.match((await at('pause')).stdout, /nothing to pause/);
    assertSuccess(await at('unpause'));
    assertSuccess(await at('status', '--wait-ready', '--timeout', '20'));
    assert.deepEqual([hub.pid('agent'), containerPids(hub.dir)], [agent, pods]);
  });

  it('opens a port here that leads to a Service, a Pod or a node', async (test) => {
    const port = await freePort();
    await hub.kubectl(['apply', '-f', '-'], echo(port));
    assertSuccess(await at('rollout', 'status', 'echo', '--timeout', '30'));
    const pod = await hub.kubectl(['get', 'pod', '-l', 'app=echo', '-o', 'jsonpath={.items[0].metadata.name}']);
    for (const words of [['echo'], [`pod/${pod}`, `:${port}`], ['node/here', `:${port}`]]) {
      const [target = '', ...ports] = words;
      const tunnel = stayingCoracle([
        'tunnel',
        target,
        ...(ports.length === 0 ? [':80'] : ports),
        '--data-dir',
        hub.dir,
      ]);
      test.after(() => tunnel.process.kill('SIGKILL'));
      const [, local] = await tunnel.until(/127\.0\.0\.1:(\d+) leads to/);
      const size = 300_000;
      assert.equal(await through(Number(local), size), size, target);
      tunnel.process.kill('SIGINT');
      assert.equal(await tunnel.ended, 0);
    }
    const left = await hub.kubectl(['get', 'pods', '-n', 'kube-system', '-o', 'name']);
    assert.doesNotMatch(left, /coracle-command/);
    assertFailure(await at('tunnel', 'web', 'http'), 2, /it has no port http, only 80/);
    assertFailure(
      await at('tunnel', 'wep', '80'),
      1,
      /there is no Service "wep" in namespace "default"/,
      /get services/,
    );
    assertFailure(await at('tunnel', 'pod/wep', '80'), 1, /there is no Pod "wep" in namespace "default"/, /get pods/);
    assertFailure(await at('tunnel', 'node/wep', '80'), 1, /there is no node "wep"/, /coracle --data-dir \S+ status/);
    assertFailure(await at('tunnel', 'job/x', '80'), 2, /is no NAME, service\/NAME, pod\/NAME or node\/NAME/);
  });

  it('keeps settings that are good, and refuses others', async () => {
    const set = await at('config', 'set', 'hub.logLevel', 'debug');
    assert.equal(set.code, 0);
    assert.match(set.stderr, /takes it up when it starts next/);
    assert.equal((await at('config', 'get', 'hub.logLevel')).stdout, 'debug\n');
    assertFailure(await at('config', 'set', 'hub.logLevel', 'loud'), 2, /"logLevel" must be one of/, /config get/);
    assertFailure(await at('config', 'set', 'colour', 'red'), 2, /there is no setting "colour"/, /config get/);
    const all = JSON.parse((await at('config', 'get', '--format', 'json')).stdout) as { hub: { logLevel: string } };
    assert.equal(all.hub.logLevel, 'debug');
    await at('config', 'unset', 'hub.logLevel');
    assert.doesNotMatch(readFileSync(join(hub.dir, 'hub', 'settings.json'), 'utf8'), /logLevel/);
    assert.match((await at('config')).stdout, /^apiVersion: v1/);
  });

  it('prints logs and follows them', async (test) => {
    const { stdout } = await at('logs', 'hub', '-n', '2');
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    const following = stayingCoracle(['logs', 'agent', '-f', '-n', '0', '--data-dir', hub.dir]);
    test.after(() => following.process.kill('SIGKILL'));
    const file = join(hub.dir, 'agent', 'agent.log');
    let lines = 0;
    const writing = setInterval(() => appendFileSync(file, `{"msg":"line ${lines++} for the one who follows"}\n`), 50);
    test.after(() => clearInterval(writing));
    await following.until(/"line \d+ for the one who follows"/);
    assertFailure(await at('logs', 'scheduler'), 2, /there is no daemon "scheduler"/, /hub or agent/);
  });
});

describe('coracle for a shell', () => {
  it('completes every command', async () => {
    const { stdout } = await coracle(['completion', 'bash']);
    for (const word of ['config set', 'rollout status', 'secrets rotate-key', '--wait-ready'])
      assert.ok(stdout.includes(word), word);
    assertFailure(await coracle(['completion', 'csh']), 2, /It takes bash, zsh, fish/);
  });

  it('shows examples in the help of every command but the plainest', async () => {
    for (const command of ['start', 'service', 'rollout status', 'logs', 'completion', 'config get'])
      assert.match(
        (await coracle([...command.split(' '), '--help'])).stdout,
        /Example|What you choose is kept/,
        command,
      );
  });

  it('knows several clusters by name', async (test) => {
    const root = tempDir(test);
    const env = { CORACLE_DATA_DIR: root };
    assertSuccess(await coracle(['-p', 'lab', 'config', 'set', 'apiPort', '17000'], env));
    assert.ok(existsSync(join(root, 'profiles', 'lab', 'hub', 'settings.json')));
    assert.equal((await coracle(['-p', 'lab', 'config', 'get', 'apiPort'], env)).stdout, '17000\n');
    assert.equal((await coracle(['config', 'get', 'apiPort'], env)).stdout, '16443\n');
    assertFailure(await coracle(['-p', '../x', 'status'], env), 2, /no profile can be called "\.\.\/x"/, /a-z/);
    assert.ok(!existsSync(join(root, 'hub')));
  });
});
