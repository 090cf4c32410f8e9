/** The hub is away: a node goes on by itself, through a crash, the death of its agent and a restart of the machine. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../hub/api/node.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { ApiClient } from '../support/api-client.ts';
import { afterReboot, noReboots } from '../support/boot-id.ts';
import { joinNode, noKubectl, startHub, type TestHub, type TestMachine } from '../support/coracle.ts';
import { eventually } from '../support/eventually.ts';
import { containerPids, processesOf } from '../support/processes.ts';

const script = 'echo "$GREETING $(cat $CORACLE_VOLUME_HIDDEN/word)"; exec sleep 100000';
const workload = `
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {GREETING: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
stringData: {word: treasure}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: steady}
spec:
  replicas: 3
  selector: {matchLabels: {app: steady}}
  template:
    metadata: {labels: {app: steady}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: none
        command: [sh, -c, '${script}']
        envFrom: [{configMapRef: {name: greeting}}]
        volumeMounts: [{name: hidden, mountPath: /hidden}]
      volumes: [{name: hidden, secret: {secretName: hidden}}]
`;
const cannotReboot = noReboots();

describe('while the hub is away', { skip: noKubectl }, () => {
  let hub: TestHub;
  let edge: TestMachine;
  let client: ApiClient;
  let pods: Pod[];
  let boot = '';

  const listPods = async (): Promise<Pod[]> =>
    ((await client.call('GET', '/api/v1/namespaces/default/pods')).body as { items: Pod[] }).items;

  before(async () => {
    hub = await startHub(['--no-agent']);
    edge = await joinNode(await hub.joinUrl(), 'edge');
    client = new ApiClient(hub.dir);
    await hub.kubectl(['apply', '-f', '-'], workload);
    await hub.kubectl(['rollout', 'status', 'deployment/steady', '--timeout=30s']);
    pods = await listPods();
  });
  after(async () => {
    client?.close();
    await edge?.stop();
    await hub?.stop();
  });

  /** The same Pods run, with these restarts. */
  async function told(restarts: readonly number[]): Promise<void> {
    const counts = (list: readonly Pod[]): (number | undefined)[] =>
      list.map(({ status }) => status?.containerStatuses?.[0]?.restartCount).sort();
    const found = await eventually(
      `restarts ${restarts}`,
      async () => {
        const list = await listPods();
        return counts(list).join() === restarts.join() && list;
      },
      40_000,
    );
    const uids = (list: readonly Pod[]): (string | undefined)[] => list.map(({ metadata }) => metadata.uid).sort();
    assert.deepEqual(uids(found), uids(pods));
    for (const { status } of found) assert.equal(status?.phase, 'Running');
  }

  it('a Pod that crashes is started again, the others do not notice, and the hub is told when it returns', async () => {
    await hub.kill('hub');
    const before = containerPids(edge.dir);
    assert.equal(before.length, 3);
    const crashed = before[0] ?? 0;
    process.kill(crashed, 'SIGKILL');
    const now = await eventually('three processes again', () => {
      const found = containerPids(edge.dir);
      return found.length === 3 && !found.includes(crashed) && found;
    });
    assert.equal(now.filter((pid) => before.includes(pid)).length, 2);
    await hub.start(['--no-agent']);
    await told([0, 0, 1]);
    await hub.kill('hub');
  });

  it('an agent that dies and returns finds its Pods as they are', async () => {
    const before = containerPids(edge.dir);
    await edge.kill('agent');
    await edge.start();
    assert.deepEqual(containerPids(edge.dir), before);
  });

  it('a machine that restarts runs its Pods again within ten seconds', { skip: cannotReboot }, async (test) => {
    await edge.kill('agent');
    for (const { pid } of processesOf(edge.dir)) process.kill(pid, 'SIGKILL');
    await eventually('no process', () => processesOf(edge.dir).length === 0);
    const reboot = afterReboot(edge.dir);
    boot = reboot.id;
    const began = Date.now();
    await edge.start([], reboot.within);
    await eventually('all Pods', () => containerPids(edge.dir).length === 3);
    const took = Date.now() - began;
    test.diagnostic(`all Pods ran ${took} ms after coracle start began`);
    assert.ok(took <= 10_000);
  });

  it('what happened is told when it returns, and nothing is disturbed', async () => {
    const processes = containerPids(edge.dir);
    await hub.start(['--no-agent']);
    await told(boot === '' ? [0, 0, 1] : [1, 1, 2]);
    assert.deepEqual(containerPids(edge.dir), processes);
    assert.match(await hub.kubectl(['get', 'nodes']), /edge +Ready/);
    for (const { metadata } of pods) {
      const log = (): Promise<string | false> => hub.kubectl(['logs', metadata.name ?? '']).catch(() => false as const);
      assert.equal((await eventually('the node to be connected', log, 20_000)).trim(), 'hello treasure');
    }
    if (boot === '') return;
    const { body } = await client.call('GET', '/api/v1/nodes/edge');
    assert.equal((body as Node).status?.nodeInfo?.bootID, boot);
  });
});
