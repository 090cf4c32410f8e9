/** The images that tests run do what their catalogue says, on a node's containerd and without any of Coracle's runtime. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { noContainers } from '../../support/cluster/available.ts';
import { type Cluster, startCluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { eventually } from '../../support/eventually.ts';
import type { Catalog } from '../../support/images/catalog.ts';

describe('test images', { skip: noContainers, timeout: 120_000 }, () => {
  let cluster: Cluster;
  let node: ClusterNode;
  let count = 0;

  before(async () => {
    cluster = await startCluster({ nodes: 1, runtime: 'process' });
    [node] = cluster.nodes as [ClusterNode];
    for (const name of Object.keys(cluster.images) as (keyof Catalog)[])
      if (name !== 'foreign') await node.containerd.pull(cluster.image(name));
  });

  after(() => cluster?.stop());

  async function said(
    name: keyof Catalog,
    words: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<string> {
    count += 1;
    const { code, stdout, stderr } = await node.containerd.run(cluster.image(name), `one${count}`, words, { flags });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function inside(id: string, words: readonly string[], flags: readonly string[] = []): Promise<string> {
    const { code, stdout, stderr } = await node.containerd.exec(id, words, { flags });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  it('run what they are configured for', async () => {
    assert.equal(await said('entrypoint'), '/bin/say image-entrypoint image-cmd\n');
    assert.equal(await said('cmd'), '/bin/say image-cmd\n');
    assert.equal(await said('userNumber', ['id', '-u']), '1000\n');
    assert.equal(await said('userName', ['id']), 'uid=1001(app) gid=1001(app) groups=1001(app),3000(extra)\n');
    assert.match(await said('userGroup', ['id']), /^uid=1000 gid=3000\(extra\)/);
    assert.equal(await said('workdir', ['pwd']), '/srv/work\n');
    assert.match(await said('environment', ['env']), /^FROM_IMAGE=image$/m);
    assert.match(await said('busybox2', ['env']), /^VERSION=2$/m);
    assert.match(
      await said('multi', ['env']),
      new RegExp(`^ARCHITECTURE=${process.arch === 'x64' ? 'amd64' : 'arm64'}$`, 'm'),
    );
    assert.match(await said('busybox', ['stat', '-c', '%a', '/tmp']), /^1777$/m);
  });

  it('for another machine are not taken', async () => {
    await assert.rejects(node.containerd.pull(cluster.image('foreign')), /no match for platform/);
  });

  it('gain privileges by a setuid program only where that is allowed', async () => {
    for (const [id, flags, uid] of [
      ['gains', ['--allow-new-privs'], '0\n'],
      ['stays-as-it-is', [], '1000\n'],
    ] as const) {
      const { code, stderr } = await node.containerd.run(cluster.image('tools'), id, ['tools', 'pause'], {
        stays: true,
        flags,
      });
      assert.equal(code, 0, stderr);
      assert.equal(await inside(id, ['/usr/bin/setuid-id', '-u'], ['--user', '1000']), uid);
      await node.containerd.remove(id);
    }
  });

  it('have a pause that ends when told to, and lets no zombie stay', async () => {
    await node.containerd.run(cluster.image('pause'), 'pause', [], { stays: true });
    await inside('pause', ['sh', '-c', 'sleep 0.1 & echo left']);
    await eventually('the orphan to be gone', async () => !/ (Z|sleep 0\.1)/.test(await inside('pause', ['ps'])));
    await node.containerd.ctr(['tasks', 'kill', '--signal', 'SIGTERM', 'pause']);
    await eventually('pause to end', async () => /STOPPED/.test((await node.containerd.ctr(['tasks', 'ls'])).stdout));
    await node.containerd.remove('pause');
  });

  it('have a server that answers, and whose health turns bad', async () => {
    const serve = { stays: true, flags: ['--net-host'] };
    const { code, stderr } = await node.containerd.run(cluster.image('tools'), 'server', [], serve);
    assert.equal(code, 0, stderr);
    const url = `http://${node.address}:8080`;
    const get = async (path: string): Promise<string> => {
      const response = await fetch(url + path);
      return `${response.status} ${await response.text()}`;
    };
    await eventually('the server', () => get('/').then(Boolean, () => false));
    assert.equal(await get('/echo?msg=hello'), '200 hello');
    assert.match(await get('/requests'), /GET \/echo\?msg=hello/);
    assert.ok((await get('/clientip')).startsWith(`200 ${node.address.replace(/\d+$/, '254')}:`));
    const dial = async (target: string): Promise<unknown> =>
      (JSON.parse(await inside('server', ['tools', 'dial', target, '--message', 'hostname'])) as { answers: string[] })
        .answers;
    const host = await inside('server', ['hostname']);
    assert.deepEqual(await dial(`https://${node.address}:8443/echo?msg=tls`), ['tls']);
    assert.deepEqual(await dial(`tcp://${node.address}:8081`), ['hostname']);
    assert.deepEqual(await dial(`http://${node.address}:8080/hostname`), [host.trim()]);
    assert.equal(((await dial(`udp://${node.address}:8081`)) as string[]).length, 1);
    assert.equal(await get('/healthz'), '200 ok');
    await get('/fail');
    assert.equal(await get('/healthz'), '500 bad');
    const [looked = ''] = (await inside('server', ['tools', 'look', '/tmp', '/none'])).split('\n');
    assert.deepEqual((({ mode, kind, fileSystem }) => ({ mode, kind, fileSystem }))(JSON.parse(looked)), {
      mode: '1777',
      kind: 'directory',
      fileSystem: 'overlay',
    });
    const identity = JSON.parse(await inside('server', ['tools', 'identity'])) as { uid: number; NoNewPrivs: string };
    assert.deepEqual([identity.uid, identity.NoNewPrivs], [0, '1']);
    await node.containerd.remove('server');
  });
});
