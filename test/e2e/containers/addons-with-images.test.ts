/**
 * Addons whose programs are in images, here with Debian's builds of them: enabled, at work, upgraded, disabled, with nothing left behind.
 * The others are in addons-lives.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createAddonRepository } from '../../support/addon-repository.ts';
import { ApiClient } from '../../support/api-client.ts';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import { holdings, leaks, type NodeHoldings } from '../../support/cluster/leaks.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { coracle } from '../../support/coracle.ts';
import { eventually, eventuallyNothing } from '../../support/eventually.ts';
import { createImage } from '../../support/images/image.ts';
import { buildLayer } from '../../support/images/layer.ts';
import { programEntries } from '../../support/images/machine-files.ts';
import type { Entry } from '../../support/images/tar.ts';
import { inventory } from '../../support/inventory.ts';
import { nextAddon } from '../../support/next-addon.ts';

const programs = ['/usr/bin/docker-registry', '/usr/bin/prometheus'];
const missing = programs.filter((program) => !existsSync(program)).map((program) => program.replace('/usr/bin/', ''));
const noPrograms = missing.length === 0 ? false : `not installed (Debian: apt-get install ${missing.join(' ')})`;
const names = ['registry', 'observability'];

/** Debian builds Prometheus without the discovery of Pods, so it gets its configuration without that job. */
const withoutPods = `#!/bin/sh
sed -i '/job_name: pods/,$d' "\${1#--config.file=}"
exec prometheus-of-debian "$@"
`;

describe('addons with images', { skip: noContainers || noPrograms, timeout: 120_000 }, () => {
  let cluster: Cluster;
  let client: ApiClient;
  let node: ClusterNode;
  let held: NodeHoldings;
  let atFirst: ReadonlyMap<string, KubeObject>;
  const directory = mkdtempSync(join(tmpdir(), 'coracle-images-'));

  before(async () => {
    cluster = await startCluster({ nodes: 1 });
    client = new ApiClient(cluster.hub.dir);
    atFirst = await inventory(client);
    const [first] = cluster.nodes;
    assert.ok(first !== undefined);
    node = first;
    held = await holdings(node);
  });
  after(async () => {
    client?.close();
    await cluster?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const well = async (...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await coracle([...words, '--data-dir', cluster.hub.dir]);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
  };
  /** Pushes an image of a program of this machine; answers its reference. */
  const push = async (name: string, from: string, path: string, more: readonly Entry[] = []): Promise<string> => {
    const busybox = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync) ?? '';
    const layer = await buildLayer([
      ...programEntries([
        { from, path },
        { from: busybox, path: 'bin/busybox' },
      ]),
      ...['sh', 'sed', 'cp', 'env'].map((tool) => ({ path: `bin/${tool}`, link: 'busybox' })),
      { path: 'tmp', mode: 0o1777 },
      ...more,
    ]);
    return cluster.registry.push(createImage({ name, layers: [layer] }));
  };
  const status = async (name: string): Promise<{ version?: string; phase?: string }> =>
    (await client.call('GET', `/apis/addons.coracle.io/v1/addons/${name}`)).body.status;
  const answers = async (port: number, path: string): Promise<boolean> => {
    const url = `http://${node.address}:${port}${path}`;
    const script = `fetch('${url}').then((answer) => console.log(answer.status), () => {})`;
    return (await node.run([process.execPath, '-e', script])).stdout.trim() === '200';
  };

  it('are pulled and ready, and reached', async () => {
    const [first = '', second = ''] = programs;
    const registry = await push('registry:1', first, 'usr/bin/registry');
    const script = { path: 'bin/prometheus', file: withoutPods };
    const prometheus = await push('prometheus:1', second, 'bin/prometheus-of-debian', [script]);
    await well(
      'enable',
      `registry:image=${registry},nodePort=32100,size=1Gi`,
      `observability:image=${prometheus},storage=1Gi`,
    );
    await eventually('an answer on the port of the node', () => answers(32100, '/v2/'));
  });

  it('follow to a next version', async () => {
    const repository = createAddonRepository(directory);
    repository.commit(Object.assign({}, ...names.map((name) => nextAddon(name).files)) as Record<string, string>);
    await well('addons', 'repo', 'add', 'trial', repository.url);
    await well('enable', ...names, '--source', 'trial');
    const objects = await inventory(client);
    for (const name of names) {
      const { version, removed } = nextAddon(name);
      const now = await status(name);
      assert.deepEqual([now.version, now.phase, objects.has(removed)], [version, 'Ready', false]);
    }
  });

  it('leave nothing behind', async () => {
    await well('disable', ...names);
    await eventuallyNothing('objects', async () => {
      const now = await inventory(client);
      return [...now.keys()].filter((title) => !atFirst.has(title));
    });
    // the first Pod of a node brings its bridge, and containerd opens what it keeps open
    const ofNode = /^(interfaces: cor0$|containerdDescriptors)/;
    await eventuallyNothing('parts of Pods', async () =>
      leaks(held, await holdings(node)).filter((one) => !ofNode.test(one)),
    );
  });
});
