/** Who is killed under a node's containers: the runtime, the agent at every step, the whole machine. All comes back by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import type { Service } from '../../../hub/api/service.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { ownProcesses } from '../../support/cluster/belongings.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { createDialling } from '../../support/cluster/dialling.ts';
import { assertNothingLeft, type NodeHoldings } from '../../support/cluster/leaks.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods } from '../../support/cluster/pods.ts';
import { startUsedNode, type UsedNode } from '../../support/cluster/used-node.ts';
import { eventually } from '../../support/eventually.ts';
import { killIfThere } from '../../support/processes.ts';

describe('who is killed under containers', { skip: noContainers, timeout: 600_000 }, () => {
  let used: UsedNode;
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;
  let empty: NodeHoldings;

  before(async () => {
    used = await startUsedNode();
    ({ cluster, node, pods, empty } = used);
  });
  after(() => used?.stop());

  const nodeReady = (status: string): Promise<unknown> =>
    eventually(
      `${node.name} to be Ready=${status}`,
      async () => {
        const { body } = await pods.client.call('GET', `/api/v1/nodes/${node.name}`);
        return (body as Node).status?.conditions?.find(({ type }) => type === 'Ready')?.status === status;
      },
      30_000,
    );

  /** What must not change of a container that goes on. */
  async function life(name: string): Promise<string> {
    const found = await pods.ready(name);
    const { restartCount, containerID, state } = containerStatus(found) ?? {};
    return `${found.metadata.uid} ${restartCount} ${containerID} ${state?.running?.startedAt}`;
  }

  it('containerd killed and started again: containers go on, the node says so meanwhile, ends are noticed', async () => {
    await pods.create('stays');
    await pods.create('ends', {
      script: 'until [ -e /tmp/end ]; do sleep 0.1; done; exit 3',
      spec: { restartPolicy: 'Never' },
    });
    const before = await life('stays');
    await pods.ready('ends');
    await node.containerd.kill();
    await nodeReady('False');
    // it ends while nobody looks
    const [own] = ownProcesses(node.dir, []).filter(({ command }) => command.includes('/tmp/end'));
    assert.ok(own !== undefined);
    process.kill(own.pid, 'SIGKILL');
    await node.containerd.start();
    await nodeReady('True');
    const ended = await pods.until('ends', 'Failed', (pod) => pod.status?.phase === 'Failed');
    assert.equal(containerStatus(ended)?.state?.terminated?.exitCode, 137);
    assert.equal(await life('stays'), before);
    await pods.create('later');
    await pods.ready('later');
    for (const name of ['stays', 'ends', 'later']) await pods.remove(name);
    await assertNothingLeft(node, empty);
  });

  /**
   * Listens to containerd, and kills the agent as soon as it tells of `topic` for the `count`th time. Resolves when it
   * listens; `done` when the agent is dead.
   */
  async function killOn(topic: string, count: number): Promise<{ done: Promise<void> }> {
    const words = ['--address', node.containerd.socket, '--namespace', 'k8s.io', 'events'];
    const watcher = spawn('ctr', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface(watcher.stdout);
    let [heard, left] = [false, count];
    const done = (async () => {
      for await (const line of lines) {
        heard = true;
        if (!line.includes(` ${topic} `)) continue;
        left -= 1;
        if (left > 0) continue;
        await node.agent.kill();
        watcher.kill();
        return;
      }
      throw new Error(`containerd never told of ${topic}`);
    })();
    // a namespace that comes and goes is the smallest thing containerd tells of
    await eventually('ctr to listen', async () => {
      await node.containerd.ctr(['namespaces', 'create', 'listening']);
      await node.containerd.ctr(['namespaces', 'remove', 'listening']);
      return heard;
    });
    return { done };
  }

  // the sandbox is the first container, snapshot and task; the Pod's own is the second
  const starting: readonly (readonly [what: string, topic: string, count: number])[] = [
    ['the sandbox’s files are there', '/snapshot/prepare', 1],
    ['the sandbox is made', '/containers/create', 1],
    ['the sandbox runs', '/tasks/start', 1],
    ['the container’s files are there', '/snapshot/prepare', 2],
    ['the container is made', '/containers/create', 2],
    ['the container’s process is made', '/tasks/create', 2],
    ['the container runs', '/tasks/start', 2],
  ];
  for (const [index, [what, topic, count]] of starting.entries())
    it(`agent killed at a start, once ${what}: the Pod runs, once, and leaves nothing`, async () => {
      const name = `start-${index}`;
      const { done } = await killOn(topic, count);
      await pods.create(name);
      await done;
      await node.agent.start();
      const found = await pods.ready(name, 60_000);
      assert.equal(containerStatus(found)?.restartCount, 0);
      const { stdout } = await node.containerd.ctr(['tasks', 'ls', '-q']);
      assert.equal(stdout.trim().split('\n').length, 2, 'one sandbox, one container');
      await pods.remove(name);
      await assertNothingLeft(node, empty);
    });

  const stopping: readonly (readonly [what: string, topic: string, count: number])[] = [
    ['its container was asked to end', '/tasks/exit', 1],
    ['its container’s process is gone', '/tasks/delete', 1],
    ['its container is removed', '/containers/delete', 1],
    ['its sandbox has ended', '/tasks/delete', 2],
    ['its sandbox is removed', '/containers/delete', 2],
  ];
  for (const [index, [what, topic, count]] of stopping.entries())
    it(`agent killed at an end, once ${what}: the Pod goes, and leaves nothing`, async () => {
      const name = `stop-${index}`;
      await pods.create(name);
      await pods.ready(name);
      const { done } = await killOn(topic, count);
      const removed = pods.remove(name, 1);
      await done;
      await node.agent.start();
      await removed;
      await assertNothingLeft(node, empty);
    });

  it('a node whose power is cut: its Pods come back, counted as restarted, with the hub away', async () => {
    const image = cluster.image('tools');
    // its own entrypoint serves
    const container = { image, command: undefined as unknown as string[] };
    await pods.create('returns', { labels: { app: 'returns' }, container });
    const first = await pods.ready('returns');
    const service = {
      metadata: { name: 'returns' },
      spec: { selector: { app: 'returns' }, ports: [{ port: 80, targetPort: 8080 }] },
    };
    const made = await pods.client.call('POST', '/api/v1/namespaces/default/services', service);
    const url = `http://${(made.body as Service).spec.clusterIP}/hostname`;
    const dial = createDialling(cluster);
    const answer = async (): Promise<boolean> =>
      (await dial.fromNode(node, url).catch((): string[] => [])).join() === 'returns';
    await eventually('the Service to answer', answer);
    await node.agent.kill();
    await node.containerd.kill();
    for (const { pid } of ownProcesses(node.dir, [node.file])) killIfThere(pid);
    await eventually('all of the node to be gone', () => ownProcesses(node.dir, [node.file]).length === 0);
    node.cut();
    await node.containerd.start();
    await node.agent.start();
    const tasks = async (): Promise<string[]> =>
      (await node.containerd.ctr(['tasks', 'ls', '-q'])).stdout.split('\n').filter(Boolean);
    await eventually('sandbox and container to run again', async () => (await tasks()).length === 2, 30_000);
    await eventually('the Service to answer at the Pod’s new address', answer);
    node.mend();
    const found = await pods.until(
      'returns',
      'running again',
      (pod) => containerStatus(pod)?.restartCount === 1 && containerStatus(pod)?.ready === true,
      60_000,
    );
    assert.equal(found.metadata.uid, first.metadata.uid);
    await pods.client.call('DELETE', '/api/v1/namespaces/default/services/returns');
    await pods.remove('returns');
    await assertNothingLeft(node, empty);
  });
});
