/** Addon registry in a container, from an image with Debian's docker-registry in it: it answers on a port of the node. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { createImage } from '../../support/images/image.ts';
import { buildLayer } from '../../support/images/layer.ts';
import { programEntries } from '../../support/images/machine-files.ts';

const program = '/usr/bin/docker-registry';
const noProgram = existsSync(program)
  ? false
  : 'docker-registry is not installed (Debian: apt-get install docker-registry)';

describe('addon registry in a container', { skip: noContainers || noProgram, timeout: 120_000 }, () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
  });
  after(() => cluster?.stop());

  it('is pulled, ready, reached on a port of the node, and gone when it is disabled', async () => {
    const { hub, nodes, registry } = cluster;
    const [node] = nodes;
    assert.ok(node !== undefined);
    const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync) ?? '';
    const layer = await buildLayer([
      ...programEntries([
        { from: program, path: 'usr/bin/registry' },
        { from: busybox, path: 'bin/busybox' },
      ]),
      { path: 'bin/sh', link: 'busybox' },
      { path: 'tmp', mode: 0o1777 },
    ]);
    const image = await registry.push(createImage({ name: 'registry:1', layers: [layer] }));
    const addon = { apiVersion: 'addons.coracle.io/v1', kind: 'Addon', metadata: { name: 'registry' } };
    const wanted = { ...addon, spec: { arguments: { image, nodePort: '32100', size: '1Gi' } } };
    await hub.kubectl(['apply', '-f', '-'], JSON.stringify(wanted));
    await hub.kubectl(['wait', 'addon/registry', '--for=jsonpath={.status.phase}=Ready', '--timeout=60s']);
    const script = `fetch('http://${node.address}:32100/v2/').then((answer) => console.log(answer.status))`;
    const status = async (): Promise<string> => (await node.run([process.execPath, '-e', script])).stdout.trim();
    await eventually('an answer on the port of the node', async () => (await status()) === '200');
    await hub.kubectl(['delete', 'addon', 'registry', '--timeout=60s']);
    const left = await hub.kubectl(['get', 'all,pvc,configmaps', '-n', 'container-registry', '-o', 'name']);
    assert.equal(left.replace(/configmap\/kube-root-ca.crt\n?/, ''), '');
  });
});
