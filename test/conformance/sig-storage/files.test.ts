/** Files of ConfigMaps and Secrets in volumes: their content, names, modes and owners. */
import assert from 'node:assert/strict';
import { container, logOf, type More, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance, createNamespace } from '../suite.ts';
import { makeSource, type Source, type SourceFields, sources } from './sources.ts';

/** Tells a file's type and permissions, owner, group and content. */
const tell = (path: string): string => `stat -L -c '%A %u:%g' ${path} && cat ${path} && echo`;

/** What a Pod with this volume at /etc/volume tells of the file `path` in it. */
async function told(cluster: Cluster, volume: More, path: string, securityContext: More = {}): Promise<string[]> {
  const main = container(tell(`/etc/volume/${path}`), {
    volumeMounts: [{ name: 'volume', mountPath: '/etc/volume', readOnly: true }],
  });
  const spec = podSpec(undefined, { containers: [main], volumes: [{ name: 'volume', ...volume }], securityContext });
  return (await logOf(cluster, pod('reads', spec))).trimEnd().split('\n');
}

interface Case {
  readonly name: string;
  readonly fields?: SourceFields;
  readonly path?: string;
  readonly mode?: string;
  readonly user?: number;
}

const mapped = { key: 'data-2', path: 'path/to/data-2' };
const defaults: Case = { name: 'volume default' };
const defaultMode: Case = { name: 'defaultMode', fields: { defaultMode: 0o400 }, mode: '-r--------' };
const mappings: Case = { name: 'mappings', fields: { items: [mapped] }, path: mapped.path };
const itemMode: Case = {
  name: 'mappings and item mode',
  fields: { items: [{ ...mapped, mode: 0o400 }] },
  path: mapped.path,
  mode: '-r--------',
};
const mappedForUser: Case = { ...mappings, name: 'mappings non-root', user: 1000 };

function check(source: Source, { name, fields = {}, path = 'data-1', mode = '-rw-r--r--', user }: Case): void {
  conformance(`[sig-storage] ${source.file}: ${name}`, async (cluster) => {
    await makeSource(cluster, source, 'source');
    const context = user === undefined ? {} : { runAsUser: user };
    const [first, content] = await told(cluster, source.volume('source', fields), path, context);
    assert.equal(first, `${mode} 0:0`);
    assert.equal(content, path === 'data-1' ? 'value-1' : 'value-2');
  });
}

for (const each of [defaults, { ...defaults, name: 'volume non-root', user: 1000 }, defaultMode, mappings, itemMode])
  check(sources.configMap, each);
check(sources.configMap, mappedForUser);
for (const each of [defaults, { ...defaults, name: 'non-root', user: 1000 }, defaultMode, mappings, itemMode])
  check(sources.projectedConfigMap, each);
check(sources.projectedConfigMap, mappedForUser);
for (const source of [sources.secret, sources.projectedSecret])
  for (const each of [defaults, defaultMode, mappings, itemMode]) check(source, each);

for (const source of [sources.secret, sources.projectedSecret])
  conformance(`[sig-storage] ${source.file}: non-root fsGroup`, async (cluster) => {
    await makeSource(cluster, source, 'source');
    const context = { runAsUser: 1000, fsGroup: 1001 };
    const [first, content] = await told(cluster, source.volume('source', { defaultMode: 0o440 }), 'data-1', context);
    assert.equal(first, '-r--r----- 0:1001');
    assert.equal(content, 'value-1');
  });

for (const source of Object.values(sources))
  conformance(`[sig-storage] ${source.file}: two volumes`, async (cluster) => {
    await makeSource(cluster, source, 'source');
    const names = ['one', 'two'];
    const main = container('cat /etc/one/data-1 /etc/two/data-1', {
      volumeMounts: names.map((name) => ({ name, mountPath: `/etc/${name}` })),
    });
    const volumes = names.map((name) => ({ name, ...source.volume('source') }));
    const spec = podSpec(undefined, { containers: [main], volumes });
    assert.equal(await logOf(cluster, pod('reads', spec)), 'value-1value-1');
  });

conformance('[sig-storage] configmap_volume.go: text and binaryData', async (cluster) => {
  const bytes = Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff, 0x00]);
  await cluster.ok('POST', `/api/v1/namespaces/${cluster.namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'source' },
    data: { 'data-1': 'value-1' },
    binaryData: { 'dump.bin': bytes.toString('base64') },
  });
  const main = container('cat /etc/volume/data-1; echo; hexdump -v -e \'1/1 "%02x"\' /etc/volume/dump.bin', {
    volumeMounts: [{ name: 'volume', mountPath: '/etc/volume' }],
  });
  const spec = podSpec(undefined, {
    containers: [main],
    volumes: [{ name: 'volume', configMap: { name: 'source' } }],
  });
  assert.equal(await logOf(cluster, pod('reads', spec)), `value-1\n${bytes.toString('hex')}`);
});

conformance('[sig-storage] secrets_volume.go: same name in other namespace', async (cluster) => {
  const other = `${cluster.namespace}-other`;
  cluster.after(() => cluster.api('DELETE', `/api/v1/namespaces/${other}`));
  await createNamespace(cluster, other);
  await makeSource({ ...cluster, namespace: other }, sources.secret, 'source', { 'data-1': 'of the other namespace' });
  await makeSource(cluster, sources.secret, 'source');
  const [first, content] = await told(cluster, sources.secret.volume('source'), 'data-1');
  assert.equal(first, '-rw-r--r-- 0:0');
  assert.equal(content, 'value-1');
});
