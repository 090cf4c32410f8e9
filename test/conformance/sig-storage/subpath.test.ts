/** Single files of a volume, mounted by subPath. */
import assert from 'node:assert/strict';
import { container, core, type More, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';
import { makeSource, sourceObject, sourcePath, sources } from './sources.ts';

/** Reads the file in a first life, ends, and reads it again after its restart. */
const twice = `cat $FILE; echo
[ -e /state/again ] && exec sleep 1000
touch /state/again; exit 1`;

async function readsTwice(
  cluster: Cluster,
  volume: More,
  mount: { subPath: string; mountPath: string },
): Promise<string> {
  const main = container(twice, {
    env: [{ name: 'FILE', value: mount.mountPath }],
    volumeMounts: [
      { name: 'volume', ...mount },
      { name: 'state', mountPath: '/state' },
    ],
  });
  const volumes = [
    { name: 'volume', ...volume },
    { name: 'state', emptyDir: {} },
  ];
  const path = core(cluster, 'pods', 'subpath');
  await cluster.ok('POST', core(cluster, 'pods'), pod('subpath', podSpec(undefined, { containers: [main], volumes })));
  await cluster.eventually(path, (one) => {
    const status = one['status'].containerStatuses?.[0];
    return status?.restartCount === 1 && status.state.running !== undefined;
  });
  const first = await cluster.ok<string>('GET', `${path}/log?previous=true`);
  await until(async () => (await cluster.ok<string>('GET', `${path}/log`)) === first);
  return first.trimEnd();
}

conformance('[sig-storage] subpath.go: subpath secret', async (cluster) => {
  await makeSource(cluster, sources.secret, 'source', { 'secret-key': 'secret-value' });
  const mount = { subPath: 'secret-key', mountPath: '/probe-volume' };
  assert.equal(await readsTwice(cluster, sources.secret.volume('source'), mount), 'secret-value');
});

conformance('[sig-storage] subpath.go: subpath configmap onto file', async (cluster) => {
  await makeSource(cluster, sources.configMap, 'source', { 'configmap-key': 'configmap-value' });
  const mount = { subPath: 'configmap-key', mountPath: '/etc/passwd' };
  assert.equal(await readsTwice(cluster, sources.configMap.volume('source'), mount), 'configmap-value');
});

conformance('[sig-storage] subpath.go: subpath downwardAPI', async (cluster) => {
  const volume = { downwardAPI: { items: [{ path: 'downward/podname', fieldRef: { fieldPath: 'metadata.name' } }] } };
  const mount = { subPath: 'downward/podname', mountPath: '/probe-volume' };
  assert.equal(await readsTwice(cluster, volume, mount), 'subpath');
});

conformance('[sig-storage] subpath.go: subpath projected', async (cluster) => {
  await makeSource(cluster, sources.configMap, 'source', { 'projected-key': 'projected-value' });
  const mount = { subPath: 'projected-key', mountPath: '/probe-volume' };
  assert.equal(await readsTwice(cluster, sources.projectedConfigMap.volume('source'), mount), 'projected-value');
});

conformance('[sig-storage] subpath.go: subpath configmap', async (cluster) => {
  const source = sources.configMap;
  await makeSource(cluster, source, 'source', { 'configmap-key': 'before' });
  // the whole volume beside it tells when the update has come; a file mounted by subPath changes with its container only
  const script = `cat /probe-volume; echo
until [ "$(cat /whole/configmap-key)" = after ]; do sleep 0.2; done
cat /probe-volume; echo
[ -e /state/again ] && exec sleep 1000
touch /state/again; exit 1`;
  const main = container(script, {
    volumeMounts: [
      { name: 'volume', subPath: 'configmap-key', mountPath: '/probe-volume' },
      { name: 'volume', mountPath: '/whole' },
      { name: 'state', mountPath: '/state' },
    ],
  });
  const volumes = [
    { name: 'volume', ...source.volume('source') },
    { name: 'state', emptyDir: {} },
  ];
  const path = core(cluster, 'pods', 'subpath');
  await cluster.ok('POST', core(cluster, 'pods'), pod('subpath', podSpec(undefined, { containers: [main], volumes })));
  const log = (query = ''): Promise<string> => cluster.ok<string>('GET', `${path}/log${query}`);
  await cluster.eventually(path, (one) => one['status'].containerStatuses?.[0]?.state.running !== undefined);
  await until(async () => (await log()) === 'before\n');
  await cluster.ok(
    'PUT',
    sourcePath(cluster, source, 'source'),
    sourceObject(source, 'source', { 'configmap-key': 'after' }),
  );
  await cluster.eventually(path, (one) => one['status'].containerStatuses?.[0]?.restartCount === 1, 60);
  assert.equal(await log('?previous=true'), 'before\nbefore\n');
  await until(async () => (await log()) === 'after\nafter\n');
});
