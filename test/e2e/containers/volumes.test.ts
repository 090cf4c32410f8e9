/** Volumes as containers see them: at their mountPath, with the rights of whom they run as, and gone without a trace. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Container } from '../../../hub/api/container.ts';
import type { PodSpec } from '../../../hub/api/pod.ts';
import { noContainers } from '../../support/cluster/available.ts';
import type { Cluster } from '../../support/cluster/cluster.ts';
import type { ClusterNode } from '../../support/cluster/node.ts';
import { containerStatus, type NodePods } from '../../support/cluster/pods.ts';
import { startUsedNode, type UsedNode } from '../../support/cluster/used-node.ts';
import { eventually } from '../../support/eventually.ts';

describe('volumes of containers', { skip: noContainers, timeout: 300_000 }, () => {
  let used: UsedNode;
  let cluster: Cluster;
  let node: ClusterNode;
  let pods: NodePods;

  before(async () => {
    used = await startUsedNode();
    ({ cluster, node, pods } = used);
  });
  after(() => used?.stop());

  const gone = (name: string): Promise<void> => used.gone(name);

  const object = async (kind: 'configmaps' | 'secrets', name: string, data: Record<string, string>): Promise<void> => {
    const content = kind === 'secrets' ? { stringData: data } : { data };
    const { status } = await pods.client.call('POST', `/api/v1/namespaces/default/${kind}`, {
      ...{ apiVersion: 'v1', kind: kind === 'secrets' ? 'Secret' : 'ConfigMap', metadata: { name } },
      ...content,
    });
    assert.equal(status, 201);
  };

  /** Runs a script and answers what it printed until it said `done`. */
  async function printed(
    name: string,
    script: string,
    container: Partial<Container>,
    spec: Partial<PodSpec>,
  ): Promise<string> {
    await pods.create(name, { script: `${script}; echo done; exec sleep 100000`, container, spec });
    await pods.ready(name, 60_000);
    return eventually(`${name} to have printed all`, async () => {
      const { stdout } = await node.run(['sh', '-c', `cat ${node.podLogsDir}/default_${name}_*/main/0.log`]);
      const text = stdout.replace(/^\S+ \S+ \S /gm, '');
      return text.endsWith('done\n') ? text.slice(0, -'done\n'.length) : undefined;
    });
  }

  it('have the modes, the medium and the size they were asked for, also for a user that is not root', async () => {
    const script = [
      'stat -c "%a %g" /disk /memory',
      'grep -c " /memory tmpfs" /proc/mounts',
      'echo mine > /disk/file && echo mine > /memory/file && stat -c "%u %g" /disk/file /memory/file',
      'df -k /memory | tail -1 | tr -s " " | cut -d" " -f2',
    ].join('; ');
    const text = await printed(
      'media',
      script,
      {
        volumeMounts: [
          { name: 'disk', mountPath: '/disk' },
          { name: 'memory', mountPath: '/memory' },
        ],
        securityContext: { runAsUser: 1001 },
      },
      {
        securityContext: { fsGroup: 123 },
        volumes: [
          { name: 'disk', emptyDir: {} },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
        ],
      },
    );
    assert.deepEqual(text.split('\n'), ['2777 123', '3777 123', '1', '1001 123', '1001 123', '8192', '']);
    await gone('media');
  });

  it('of Secrets are read by whom the Pod runs as, written by nobody, and unreadable on the node to others', async () => {
    await object('secrets', 'key', { pem: 'secret' });
    const text = await printed(
      'secret',
      'cat /key/pem; echo; stat -Lc "%a %g" /key/pem; (echo x > /key/pem) 2>/dev/null || echo refused; ls -L /var/run/secrets/kubernetes.io/serviceaccount',
      { volumeMounts: [{ name: 'key', mountPath: '/key' }], securityContext: { runAsUser: 1001 } },
      {
        securityContext: { fsGroup: 123 },
        volumes: [{ name: 'key', secret: { secretName: 'key', defaultMode: 0o400 } }],
      },
    );
    assert.match(text, /^secret\n440 123\nrefused\nca.crt\nnamespace\ntoken\n$/);
    const uid = (await pods.get('secret'))?.metadata.uid ?? '';
    const { stdout } = await node.run(['stat', '-c', '%a %u', join(node.dataDir, 'agent/pods', uid)]);
    assert.equal(stdout.trim(), '700 0');
    await gone('secret');
  });

  it('show parts of them, which stay as they were while the rest is updated', async () => {
    await object('configmaps', 'web', { index: 'one' });
    await pods.create('part', {
      script:
        'echo from-init > /data/mine/file; while ! grep -q two /all/index; do sleep 0.1; done; echo "$(cat /one) $(cat /data/mine/file)"; exec sleep 100000',
      container: {
        env: [{ name: 'WHO', value: 'mine' }],
        volumeMounts: [
          { name: 'config', mountPath: '/all' },
          { name: 'config', mountPath: '/one', subPath: 'index' },
          { name: 'data', mountPath: '/data/mine', subPathExpr: 'deep/$(WHO)' },
        ],
      },
      spec: {
        volumes: [
          { name: 'config', configMap: { name: 'web' } },
          { name: 'data', emptyDir: {} },
        ],
      },
    });
    await pods.ready('part', 60_000);
    const patched = await pods.client.call('PATCH', '/api/v1/namespaces/default/configmaps/web', {
      data: { index: 'two' },
    });
    assert.equal(patched.status, 200);
    await eventually('the update is seen, but not in the part', async () => {
      const { stdout } = await node.run(['sh', '-c', `cat ${node.podLogsDir}/default_part_*/main/0.log`]);
      return stdout.includes('one from-init');
    });
    await gone('part');
  });

  it('of the node are not touched by what containers and their end do', async () => {
    const path = join(cluster.dir, 'precious');
    mkdirSync(path);
    writeFileSync(join(path, 'file'), 'dear');
    await printed(
      'host',
      'ln -s / /scratch/root; ln -s /host /scratch/host; mkdir /scratch/deep; cat /host/file; echo more > /host/more',
      {
        volumeMounts: [
          { name: 'host', mountPath: '/host' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'host', mountPath: '/scratch/inner', subPath: 'made' },
        ],
      },
      {
        volumes: [
          { name: 'host', hostPath: { path } },
          { name: 'scratch', emptyDir: {} },
        ],
      },
    );
    await gone('host');
    assert.equal(readFileSync(join(path, 'file'), 'utf8'), 'dear');
    assert.equal(readFileSync(join(path, 'more'), 'utf8'), 'more\n');
    assert.ok(existsSync(join(path, 'made')));
  });

  it('can be images', async () => {
    const text = await printed(
      'image',
      'ls /image/bin/busybox; touch /image/x 2>/dev/null || echo refused; ls /applets/busybox',
      {
        volumeMounts: [
          { name: 'image', mountPath: '/image' },
          { name: 'image', mountPath: '/applets', subPath: 'bin' },
        ],
      },
      { volumes: [{ name: 'image', image: { reference: cluster.image('busybox2'), pullPolicy: 'Always' } }] },
    );
    assert.match(text, /^\/image\/bin\/busybox\nrefused\n\/applets\/busybox\n$/);
    await gone('image');
  });

  it('that lead out of the volume keep the container from starting', async () => {
    await pods.create('escape', {
      container: { volumeMounts: [{ name: 'data', mountPath: '/data', subPath: 'link' }] },
      spec: {
        volumes: [{ name: 'data', emptyDir: {} }],
        initContainers: [
          {
            name: 'make',
            image: cluster.image('busybox'),
            command: ['/bin/ln', '-s', '/etc', '/data/link'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
    });
    const found = await pods.until(
      'escape',
      'refused',
      (pod) => containerStatus(pod)?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    assert.equal(
      containerStatus(found)?.state?.waiting?.message,
      'failed to prepare subPath for volumeMount "data" of container "main"',
    );
    await gone('escape');
  });
});
