/** What a container is kept from, and what its files and kernel settings are. */
import assert from 'node:assert/strict';
import { image } from '../images.ts';
import { container, core, logOf, type More, pod, podSpec, runPod } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';

const only = (main: More, more: More = {}): More => podSpec(undefined, { containers: [main], ...more });

conformance('[sig-node] kubelet.go: read-only root', async (cluster) => {
  const main = container('echo test > /file; sleep 1', { securityContext: { readOnlyRootFilesystem: true } });
  assert.match(await logOf(cluster, pod('reads', only(main))), /\/file: Read-only file system/);
});

conformance('[sig-node] security_context.go: writable rootfs', async (cluster) => {
  const main = container('touch /checkfile', { securityContext: { readOnlyRootFilesystem: false } });
  await logOf(cluster, pod('writes', only(main)));
  assert.equal((await cluster.ok('GET', core(cluster, 'pods', 'writes')))['status'].phase, 'Succeeded');
});

conformance('[sig-node] security_context.go: privileged false', async (cluster) => {
  const main = container('ip link add dummy0 type dummy 2>&1 || true', { securityContext: { privileged: false } });
  assert.match(await logOf(cluster, pod('links', only(main))), /Operation not permitted/);
});

conformance('[sig-node] security_context.go: allowPrivilegeEscalation false', async (cluster) => {
  const securityContext = { runAsUser: 1000, allowPrivilegeEscalation: false };
  const main = { name: 'main', image: image('tools:1'), command: ['setuid-id', '-u'], securityContext };
  assert.equal(await logOf(cluster, pod('keeps', only(main))), '1000\n');
  // the same program without that gets the rights of its owner
  const free = { ...main, securityContext: { runAsUser: 1000, allowPrivilegeEscalation: true } };
  assert.equal(await logOf(cluster, pod('gets', only(free))), '0\n');
});

conformance('[sig-node] sysctl.go: apply sysctl', async (cluster) => {
  const securityContext = { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] };
  const main = container('sysctl kernel.shm_rmid_forced');
  assert.equal(await logOf(cluster, pod('set', only(main, { securityContext }))), 'kernel.shm_rmid_forced = 1\n');
  const events = await cluster.items(`${core(cluster, 'events')}?fieldSelector=involvedObject.name%3Dset`);
  assert.ok(!events.some((event) => event['reason'] === 'SysctlForbidden'));
});

conformance('[sig-node] kubelet.go: hostAliases', async (cluster) => {
  const hostAliases = [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }];
  const hosts = await logOf(cluster, pod('knows', only(container('cat /etc/hosts'), { hostAliases })));
  assert.match(hosts, /^123\.45\.67\.89\tfoo\tbar$/m);
});

conformance('[sig-node] kubelet_etc_hosts.go: managed /etc/hosts', async (cluster) => {
  const managed = '# Kubernetes-managed hosts file.';
  const volumes = [{ name: 'own', hostPath: { path: '/etc/hosts', type: 'File' } }];
  const mounts = [{ name: 'own', mountPath: '/etc/hosts' }];
  const containers = [
    container(undefined, { name: 'one' }),
    container(undefined, { name: 'two' }),
    container(undefined, { name: 'three', volumeMounts: mounts }),
  ];
  await runPod(cluster, pod('managed', podSpec(undefined, { containers, volumes })));
  await runPod(cluster, pod('host', podSpec(undefined, { containers: containers.slice(0, 2), hostNetwork: true })));
  const hosts = (name: string, main: string): string =>
    cluster.kubectl(['exec', name, '-c', main, '--', 'cat', '/etc/hosts']);
  for (const main of ['one', 'two']) {
    assert.ok(hosts('managed', main).startsWith(managed), main);
    assert.ok(!hosts('host', main).includes(managed), main);
  }
  assert.ok(!hosts('managed', 'three').includes(managed));
});

conformance('[sig-node] containers.go: image defaults', async (cluster) => {
  const text = await logOf(cluster, pod('defaults', only({ name: 'main', image: image('entrypoint:1') })));
  assert.equal(text, '/bin/say image-entrypoint image-cmd\n');
});

conformance('[sig-node] containers.go: override args', async (cluster) => {
  const main = { name: 'main', image: image('entrypoint:1'), args: ['override', 'arguments'] };
  assert.equal(await logOf(cluster, pod('args', only(main))), '/bin/say image-entrypoint override arguments\n');
});

conformance('[sig-node] image_volume.go: image volume', async (cluster) => {
  const volumes = [{ name: 'content', image: { reference: image('content:1'), pullPolicy: 'Always' } }];
  const main = container(undefined, { volumeMounts: [{ name: 'content', mountPath: '/content' }] });
  await runPod(cluster, pod('shows', only(main, { volumes })));
  const read = (path: string): string => cluster.kubectl(['exec', 'shows', '--', 'cat', `/content/${path}`]);
  assert.equal(read('dir/file'), 'content of the file\n');
  assert.equal(read('file'), 'at the top\n');
  assert.notEqual(cluster.tryKubectl(['exec', 'shows', '--', 'touch', '/content/new']).code, 0);
});

/** The environment a container prints, not by a shell, which drops names it could not use itself. */
async function odd(
  cluster: Cluster,
  name: string,
  reference: 'configMapRef' | 'secretRef',
  prefix: string,
): Promise<string> {
  const main = container('', { command: ['env'], envFrom: [{ prefix, [reference]: { name: 'source' } }] });
  return logOf(cluster, pod(name, only(main)));
}

for (const [file, kind, reference] of [
  ['configmap.go', 'ConfigMap', 'configMapRef'],
  ['secrets.go', 'Secret', 'secretRef'],
] as const)
  conformance(`[sig-node] ${file}: ${kind} envFrom odd prefixes`, async (cluster) => {
    const value = kind === 'Secret' ? { stringData: { data_1: 'value-1' } } : { data: { data_1: 'value-1' } };
    const plural = kind === 'Secret' ? 'secrets' : 'configmaps';
    await cluster.ok('POST', core(cluster, plural), { apiVersion: 'v1', kind, metadata: { name: 'source' }, ...value });
    for (const [index, prefix] of ['p-', '11', '#$%@-', '!"&\'()*+,./:;<>?[\\]^_`{|}~'].entries()) {
      const found = await odd(cluster, `odd-${index}`, reference, prefix);
      assert.ok(found.includes(`${prefix}data_1=value-1\n`), prefix);
    }
  });
