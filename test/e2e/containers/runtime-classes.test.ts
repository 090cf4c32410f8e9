/** One node, two runtimes: containers by containerd and host processes, chosen by the RuntimeClass of each Pod. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods, podsOn } from '../../support/cluster/pods.ts';
import { eventually } from '../../support/eventually.ts';

describe('Pods of a runtime class', { skip: noContainers, timeout: 180_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    [node] = cluster.nodes as [ClusterNode];
    pods = podsOn(cluster, node.name);
  });
  after(async () => {
    pods?.close();
    await cluster?.stop();
  });

  const shown = (text: string | undefined): string => text?.split('://')[0] ?? '';

  it('run where their handler says, with logs and commands', async () => {
    for (const [name, runtimeClassName] of [
      ['inside', 'containerd'],
      ['outside', 'process'],
    ] as const) {
      const script = 'echo "see $(ls -d /bin/say 2>/dev/null || echo nothing)"; exec sleep 100000';
      await pods.create(name, { script, spec: { runtimeClassName } });
      const pod = await pods.ready(name, 60_000);
      assert.equal(shown(containerStatus(pod)?.containerID), runtimeClassName);
      const said = name === 'inside' ? 'see /bin/say\n' : 'see nothing\n';
      await eventually('the log', async () => (await cluster.hub.kubectl(['logs', name])) === said);
      assert.equal(await cluster.hub.kubectl(['exec', name, '--', 'echo', 'hello']), 'hello\n');
    }
    for (const name of ['inside', 'outside']) await pods.remove(name);
  });

  it('wait and say why when no runtime knows their handler', async () => {
    const runtimeClass = {
      ...{ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'kata' }, handler: 'kata' },
    };
    await pods.client.call('POST', '/apis/node.k8s.io/v1/runtimeclasses', runtimeClass);
    await pods.create('strange', { spec: { runtimeClassName: 'kata' } });
    await pods.told('strange', 'FailedCreatePodSandBox', /no runtime for "kata" is configured/);
    await pods.remove('strange');
  });

  it('cannot be host processes where a namespace asks for the baseline', async () => {
    await cluster.hub.kubectl(['create', 'namespace', 'strict']);
    await cluster.hub.kubectl(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=baseline']);
    const pod = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
      spec: { runtimeClassName: 'process', containers: [{ name: 'main', image: 'none', command: ['true'] }] },
    };
    const { status, body } = await pods.client.call('POST', '/api/v1/namespaces/strict/pods', pod);
    assert.equal(status, 403);
    assert.match((body as { message: string }).message, /violates PodSecurity "baseline:latest": process runtime/);
  });

  it('may be static ones, in containers', async () => {
    const manifest = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'fixed' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: cluster.image('busybox'), command: ['sleep', '100000'] }],
      },
    };
    writeFileSync(join(node.staticPodsDir, 'fixed.json'), JSON.stringify(manifest));
    const pod = await pods.ready(`fixed-${node.name}`, 60_000);
    assert.equal(shown(containerStatus(pod)?.containerID), 'containerd');
    assert.equal(
      await cluster.hub
        .kubectl(['exec', `fixed-${node.name}`, '--', 'cat', '/bin/say'])
        .then((text) => text.slice(0, 9)),
      '#!/bin/sh',
    );
  });
});
