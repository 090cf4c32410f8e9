/** The addon ingress on a node that restarts while the hub is away: it serves what it knew, until it is told what is now. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { afterReboot, noReboots } from '../support/boot-id.ts';
import { coracle, joinNode, noKubectl, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { fetchAs } from '../support/named-host.ts';
import { processesOf } from '../support/processes.ts';

const web = (port: number): object[] => [
  {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { app: 'web' } } },
    spec: {
      containers: [
        {
          ...{ name: 'web', image: 'web', readinessProbe: { tcpSocket: { port }, periodSeconds: 1 } },
          command: [
            process.execPath,
            '-e',
            `require('node:http').createServer((_, answer) => answer.end('hello')).listen(${port})`,
          ],
        },
      ],
    },
  },
  {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: port }] },
  },
  {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web' } },
    spec: {
      ingressClassName: 'coracle',
      rules: [
        {
          host: 'shop.example.org',
          http: {
            paths: [{ pathType: 'Prefix', path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
];

const cannotReboot = noReboots();

describe('ingress on a node alone', { skip: noKubectl }, () => {
  let hub: TestHub;
  let edge: TestMachine;
  let port: number;
  const asked = (): Promise<string> =>
    fetchAs('shop.example.org', `http://127.0.0.1:${port}/`, '').catch((error: unknown) => String(error));

  before(async () => {
    port = await freePort();
    hub = await startHub(['--no-agent']);
    edge = await joinNode(await hub.joinUrl(), 'edge');
    const items = web(await freePort());
    await hub.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await hub.kubectl(['wait', 'pod/web', '--for=condition=Ready', '--timeout=30s']);
    const words = ['enable', `ingress:httpPort=${port},httpsPort=${await freePort()}`, '--timeout', '30'];
    const { code, stderr } = await coracle([...words, '--data-dir', hub.dir]);
    assert.equal(code, 0, stderr);
    await eventually('an answer', async () => (await asked()) === '200 hello');
  });
  after(async () => {
    await edge?.stop();
    await hub?.stop();
  });

  it('serves what it knew after the machine restarts', { skip: cannotReboot }, async (test) => {
    await hub.kill('hub');
    await edge.kill('agent');
    for (const { pid } of processesOf(edge.dir)) process.kill(pid, 'SIGKILL');
    await eventually('no process', () => processesOf(edge.dir).length === 0);
    assert.doesNotMatch(await asked(), /^200/);
    const began = Date.now();
    await edge.start([], afterReboot(edge.dir).within);
    await eventually('an answer', async () => (await asked()) === '200 hello');
    test.diagnostic(`it answered ${Date.now() - began} ms after coracle start began`);
  });

  it('is told what is now when the hub returns', { skip: cannotReboot }, async () => {
    await hub.start(['--no-agent']);
    await hub.kubectl(['delete', 'ingress', 'web']);
    await eventually('no route', async () => (await asked()).startsWith('404'), 40_000);
  });
});
