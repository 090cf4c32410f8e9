/** The cluster that tests with real containers stand on: it comes up, runs containers, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noContainers } from '../../support/cluster/available.ts';
import { mountsBelow, ownProcesses } from '../../support/cluster/belongings.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { groupsNamed } from '../../support/cluster/control-groups.ts';
import { assertNoLeaks, assertNothingLeft, holdings, leaks } from '../../support/cluster/leaks.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { sweep } from '../../support/cluster/sweep.ts';

/** Runs a container to its end and answers what it said. */
async function runOnce(node: ClusterNode, image: string, id: string, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await node.containerd.run(image, id, words);
  assert.equal(code, 0, stderr);
  return stdout;
}

function assertGone(dir: string, slot: string): void {
  assert.equal(existsSync(dir), false);
  assert.deepEqual(ownProcesses(dir, []), []);
  assert.deepEqual(mountsBelow(dir), []);
  const left = readdirSync('/run/netns').filter((name) => name.startsWith(`coracle-${slot}-`));
  assert.deepEqual(left, []);
  assert.notEqual(spawnSync('ip', ['link', 'show', `cor${slot}`]).status, 0);
}

const slotOf = (dir: string): string => dir.slice(dir.lastIndexOf('-') + 1);

describe('a cluster on one machine', { skip: noContainers, timeout: 120_000 }, () => {
  let cluster: Cluster;
  let first: ClusterNode;
  let second: ClusterNode;

  before(async () => {
    cluster = await startCluster({ nodes: 2, runtime: 'process' });
    [first, second] = cluster.nodes as [ClusterNode, ClusterNode];
  });

  after(() => cluster?.stop());

  it('has its nodes Ready in the hub', async () => {
    const addresses = await cluster.hub.kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses[0].address}',
    ]);
    assert.deepEqual(addresses.split(' ').sort(), [first.address, second.address]);
  });

  it('pulls and runs images from its registry on each node', async () => {
    for (const node of cluster.nodes) {
      await node.containerd.pull(cluster.image('busybox'));
      const said = await runOnce(node, cluster.image('busybox'), 'hello', ['echo', 'hello', 'from', node.name]);
      assert.equal(said, `hello from ${node.name}\n`);
    }
  });

  it('pulls with a password, and not without', async () => {
    const reference = await cluster.privateRegistry.push(cluster.images.entrypoint, 'secret/entrypoint:1');
    await assert.rejects(first.containerd.pull(reference), /authorization failed|401/);
    await first.containerd.pull(reference, cluster.privateRegistry.login);
    assert.equal(await runOnce(first, reference, 'private', []), '/bin/say image-entrypoint image-cmd\n');
  });

  it('keeps containers when a containerd is killed, and finds them again', async () => {
    await first.containerd.pull(cluster.image('stopSignal'));
    const { code, stderr } = await first.containerd.run(cluster.image('stopSignal'), 'stays', [], { stays: true });
    assert.equal(code, 0, stderr);
    await first.containerd.kill();
    await first.containerd.start();
    const { stdout } = await first.containerd.ctr(['tasks', 'ls']);
    assert.match(stdout, /stays\s+\d+\s+RUNNING/);
    await first.containerd.remove('stays');
  });

  it('sees what a node holds more than before', async () => {
    await second.containerd.pull(cluster.image('stopSignal'));
    const held = await holdings(second);
    await second.containerd.run(cluster.image('stopSignal'), 'leaky', [], { stays: true });
    const found = leaks(held, await holdings(second));
    for (const kind of ['containers', 'tasks', 'snapshots', 'mounts', 'processes'])
      assert.ok(
        found.some((line) => line.startsWith(`${kind}: `)),
        `${kind} in ${found.join('\n')}`,
      );
    assert.throws(() => assertNoLeaks(held, { ...held, tasks: [...held.tasks, 'leaky'] }), /tasks: leaky/);
    await second.containerd.remove('leaky');
    await assertNothingLeft(second, held);
  });

  it('cuts and mends the link of a node', async () => {
    const reach = ['ping', '-c', '1', '-W', '1', second.address];
    const ping = async (): Promise<number> => (await first.run(['busybox', ...reach])).code;
    assert.equal(await ping(), 0);
    second.cut();
    assert.notEqual(await ping(), 0);
    second.mend();
    assert.equal(await ping(), 0);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const other = await startCluster({ nodes: 1, runtime: 'process' });
    const [node] = other.nodes as [ClusterNode];
    await node.containerd.pull(other.image('stopSignal'));
    await node.containerd.run(other.image('stopSignal'), 'runs', [], { stays: true });
    assert.notDeepEqual(groupsNamed('/k8s.io/runs').filter(existsSync), []);
    await other.stop();
    assertGone(other.dir, slotOf(other.dir));
    assert.deepEqual(groupsNamed('/k8s.io/runs').filter(existsSync), []);
  });

  it('is swept away when its process was killed', async () => {
    const program = fileURLToPath(new URL('../../support/cluster/main.ts', import.meta.url));
    const child = spawn(process.execPath, [program, '--nodes', '1', '--runtime', 'process'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const early = ended.then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), early])) as [string];
    const { dir } = JSON.parse(line) as { dir: string };
    assert.notDeepEqual(ownProcesses(dir, []), []);
    child.kill('SIGKILL');
    await ended;
    await sweep();
    assertGone(dir, slotOf(dir));
    assert.ok(existsSync(cluster.dir));
  });
});
