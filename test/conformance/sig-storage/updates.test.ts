/** Volumes that follow the objects they are made of while their Pod runs. */
import assert from 'node:assert/strict';
import { container, core, type More, pod, podSpec, runPod } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';
import { makeSource, type Source, sourceObject, sourcePath, sources } from './sources.ts';

/** A kubelet looks again within its sync period; ours is told at once, but the bound is theirs. */
const seconds = 120;

/** Runs a Pod that prints `script` again and again, and waits until its newest output is as wanted. */
async function watching(
  cluster: Cluster,
  script: string,
  volumes: More[],
  metadata: More = {},
): Promise<(wanted: RegExp) => Promise<void>> {
  const main = container(`while :; do { ${script}; } 2>&1 | tr '\\n' ' '; echo; sleep 0.5; done`, {
    volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/etc/${name}` })),
  });
  const wanted = pod('watches', podSpec(undefined, { containers: [main], volumes }));
  Object.assign(wanted.metadata, metadata);
  await runPod(cluster, wanted);
  return (form) =>
    until(
      async () => form.test(await cluster.ok<string>('GET', `${core(cluster, 'pods', 'watches')}/log?tailLines=1`)),
      seconds,
    );
}

for (const source of [sources.configMap, sources.projectedConfigMap])
  conformance(
    `[sig-storage] ${source.file}: updates propagate`,
    async (cluster) => {
      await makeSource(cluster, source, 'source', { 'data-1': 'value-1' });
      const shows = await watching(cluster, 'cat /etc/volume/data-1', [{ name: 'volume', ...source.volume('source') }]);
      await shows(/^value-1/);
      const after = sourceObject(source, 'source', { 'data-1': 'value-2' });
      await cluster.ok('PUT', sourcePath(cluster, source, 'source'), after);
      await shows(/^value-2/);
    },
    { minutes: 4 },
  );

const optional = { optional: true } as const;

function followsOptional(source: Source): void {
  conformance(
    `[sig-storage] ${source.file}: optional updates`,
    async (cluster) => {
      const volume = (name: string): More => ({ name, ...source.volume(name, optional) });
      await makeSource(cluster, source, 'deleted', { 'data-1': 'value-1' });
      await makeSource(cluster, source, 'updated', { 'data-1': 'value-1' });
      const names = ['deleted', 'updated', 'created'];
      const script = names.map((name) => `echo ${name}=$(cat /etc/${name}/data-* 2>/dev/null)`).join('; ');
      const shows = await watching(cluster, script, names.map(volume));
      await shows(/^deleted=value-1 updated=value-1 created= /);
      await cluster.ok('DELETE', sourcePath(cluster, source, 'deleted'));
      await cluster.ok(
        'PUT',
        sourcePath(cluster, source, 'updated'),
        sourceObject(source, 'updated', { 'data-3': 'value-3' }),
      );
      await makeSource(cluster, source, 'created', { 'data-1': 'value-1' });
      await shows(/^deleted= updated=value-3 created=value-1 /);
    },
    { minutes: 4 },
  );
}
for (const source of Object.values(sources)) followsOptional(source);

const downward = { downwardapi_volume: 'downwardAPI', projected_downwardapi: 'projected' } as const;

for (const [file, kind] of Object.entries(downward))
  for (const field of ['labels', 'annotations'] as const)
    conformance(
      `[sig-storage] ${file}.go: ${field} update`,
      async (cluster) => {
        const items = [{ path: field, fieldRef: { fieldPath: `metadata.${field}` } }];
        const volume =
          kind === 'projected' ? { projected: { sources: [{ downwardAPI: { items } }] } } : { downwardAPI: { items } };
        const shows = await watching(cluster, `cat /etc/volume/${field}`, [{ name: 'volume', ...volume }], {
          [field]: { key1: 'value1', key2: 'value2' },
        });
        await shows(/key1="value1" key2="value2"/);
        const path = core(cluster, 'pods', 'watches');
        await cluster.patch('merge', path, { metadata: { [field]: { key3: 'value3', key1: 'changed' } } });
        await shows(/key1="changed" key2="value2" key3="value3"/);
        assert.equal((await cluster.ok('GET', path))['status'].containerStatuses[0].restartCount, 0);
      },
      { minutes: 4 },
    );
