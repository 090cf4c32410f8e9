/** What goes wrong around a container: its Pod says what, starts when the fault ends, and nothing is left of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import { assertNothingLeft, type NodeHoldings } from '../../support/cluster/leaks.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods } from '../../support/cluster/pods.ts';
import { startUsedNode, type UsedNode } from '../../support/cluster/used-node.ts';

describe('faults around a container', { skip: noContainers, timeout: 300_000 }, () => {
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

  const gone = (name: string): Promise<void> => used.gone(name);

  const waiting = (name: string, reason: string, message: RegExp, timeout?: number): Promise<unknown> =>
    pods.until(
      name,
      `waiting with ${reason} ${message}`,
      (pod) => {
        const state = containerStatus(pod)?.state?.waiting;
        return state?.reason === reason && message.test(state.message ?? '');
      },
      timeout,
    );

  it('an image that does not exist: the Pod says so, backs off, and starts once it is there', async () => {
    const image = `${cluster.registry.host}/late/busybox:1`;
    await pods.create('missing', { container: { image } });
    await waiting('missing', 'ErrImagePull', /not found/);
    await waiting('missing', 'ImagePullBackOff', /Back-off pulling image/);
    await pods.told('missing', 'Failed', /Failed to pull image/);
    await pods.told('missing', 'BackOff', /Back-off pulling image/);
    assert.equal((await pods.get('missing'))?.status?.phase, 'Pending');
    await cluster.registry.push(cluster.images.busybox, 'late/busybox:1');
    await pods.ready('missing', 60_000);
    await gone('missing');
  });

  it('a registry that is down: the same, until it is back', async () => {
    await cluster.registry.push(cluster.images.busybox2, 'down/busybox:2');
    await cluster.registry.kill();
    await pods.create('unreachable', { container: { image: `${cluster.registry.host}/down/busybox:2` } });
    await waiting('unreachable', 'ErrImagePull', /connection refused/);
    await waiting('unreachable', 'ImagePullBackOff', /Back-off pulling image/);
    await cluster.registry.start();
    await pods.ready('unreachable', 60_000);
    await gone('unreachable');
  });

  it('an entry point that is missing: the container counts its starts and backs off', async () => {
    await pods.create('pointless', { container: { command: ['/bin/nothing-here'] } });
    await pods.until('pointless', 'failing to start', (pod) => {
      const { state, lastState } = containerStatus(pod) ?? {};
      const reasons = [state?.waiting?.reason, state?.terminated?.reason, lastState?.terminated?.reason];
      return reasons.some((reason) => reason === 'RunContainerError' || reason === 'StartError');
    });
    const found = await pods.until(
      'pointless',
      'restarted',
      (pod) => (containerStatus(pod)?.restartCount ?? 0) >= 1,
      60_000,
    );
    const { terminated } = containerStatus(found)?.lastState ?? {};
    assert.equal(terminated?.exitCode, 128);
    assert.match(terminated?.message ?? '', /no such file or directory/);
    await gone('pointless');
  });

  it('a volume that cannot be mounted: an event says why, and the Pod starts once it can', async () => {
    const path = join(cluster.dir, 'not-a-directory');
    writeFileSync(path, '');
    const volumes = [{ name: 'data', hostPath: { path, type: 'Directory' } }];
    await pods.create('unmounted', {
      container: { volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      spec: { volumes },
    });
    await pods.told('unmounted', 'FailedMount', /hostPath type check failed: .* is not a directory/);
    assert.equal(
      containerStatus((await pods.get('unmounted')) ?? failed())?.state?.waiting?.reason,
      'ContainerCreating',
    );
    rmSync(path);
    mkdirSync(path);
    await pods.ready('unmounted', 60_000);
    await gone('unmounted');
    assert.ok(existsSync(path), 'what a hostPath names is the user’s');
  });

  it('a disk that is full: an event says so, and the Pod starts once there is room', async () => {
    // the directory of Pods on a small file system of its own
    const dir = join(node.dataDir, 'agent', 'pods');
    const mount = (...words: string[]): void => {
      const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    };
    mount('-t', 'tmpfs', '-o', 'size=2m,mode=0711', 'tmpfs', dir);
    try {
      const filler = join(dir, 'filler');
      // as much as fits
      assert.throws(() => writeFileSync(filler, Buffer.alloc(4 << 20)), /ENOSPC/);
      const data = { text: 'x'.repeat(64 << 10) };
      const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'large' }, data };
      assert.equal((await pods.client.call('POST', '/api/v1/namespaces/default/configmaps', config)).status, 201);
      await pods.create('full', {
        script: 'wc -c /config/text; exec sleep 100000',
        container: { volumeMounts: [{ name: 'config', mountPath: '/config' }] },
        spec: { volumes: [{ name: 'config', configMap: { name: 'large' } }] },
      });
      await pods.told('full', 'FailedMount', /no space left on device/i);
      rmSync(filler);
      await pods.ready('full', 60_000);
      const { stdout } = await node.run(['sh', '-c', `cat ${node.podLogsDir}/default_full_*/main/0.log`]);
      assert.match(stdout, new RegExp(`${64 << 10} /config/text`));
      await pods.remove('full');
    } finally {
      spawnSync('umount', ['-l', dir]);
    }
    await assertNothingLeft(node, empty);
  });
});

function failed(): never {
  throw new Error('the Pod is gone');
}
