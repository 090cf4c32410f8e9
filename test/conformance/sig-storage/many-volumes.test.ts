/** Volumes of several kinds, and many of them, in one Pod. */
import assert from 'node:assert/strict';
import { container, core, isReady, logOf, type More, pod, podSpec, podsOf, runPod, workload } from '../objects.ts';
import { conformance, until } from '../suite.ts';
import { makeSource, sources } from './sources.ts';

conformance('[sig-storage] empty_dir_wrapper.go: wrapper volumes no conflict', async (cluster) => {
  await makeSource(cluster, sources.secret, 'wrapped');
  await makeSource(cluster, sources.configMap, 'wrapped');
  const volumes = [
    { name: 'secret-volume', ...sources.secret.volume('wrapped') },
    { name: 'configmap-volume', ...sources.configMap.volume('wrapped') },
  ];
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/etc/${name}` }));
  const spec = podSpec(undefined, { containers: [container(undefined, { volumeMounts })], volumes });
  const found = await runPod(cluster, pod('wraps', spec));
  assert.equal(found['status'].containerStatuses[0].restartCount, 0);
});

conformance(
  '[sig-storage] empty_dir_wrapper.go: no configmap race',
  async (cluster) => {
    const names = Array.from({ length: 50 }, (_, index) => `racey-${index}`);
    for (const name of names) await makeSource(cluster, sources.configMap, name, { 'data-1': 'value-1' });
    const volumes = names.map((name) => ({ name, ...sources.configMap.volume(name) }));
    const volumeMounts = names.map((name) => ({ name, mountPath: `/etc/${name}` }));
    const template = podSpec(undefined, { containers: [container(undefined, { volumeMounts })], volumes });
    for (const round of [1, 2, 3]) {
      const name = `race-${round}`;
      const path = core(cluster, 'replicationcontrollers', name);
      const wanted = workload('ReplicationController', name, { replicas: 5, template });
      await cluster.ok('POST', core(cluster, 'replicationcontrollers'), wanted);
      await until(async () => {
        const pods = await podsOf(cluster, name);
        return pods.length === 5 && pods.every(isReady);
      }, 120);
      await cluster.ok('DELETE', path, { propagationPolicy: 'Foreground' });
      await cluster.gone(path, 60);
    }
  },
  { minutes: 8 },
);

conformance('[sig-storage] projected_combined.go: all projections', async (cluster) => {
  await makeSource(cluster, sources.configMap, 'config', { 'configmap-data': 'configmap-value' });
  await makeSource(cluster, sources.secret, 'secret', { 'secret-data': 'secret-value' });
  const items = [{ path: 'podname', fieldRef: { fieldPath: 'metadata.name' } }];
  const projections: More[] = [
    { secret: { name: 'secret' } },
    { configMap: { name: 'config' } },
    { downwardAPI: { items } },
  ];
  const main = container('for file in podname secret-data configmap-data; do cat /all/$file; echo; done', {
    volumeMounts: [{ name: 'all', mountPath: '/all' }],
  });
  const volumes = [{ name: 'all', projected: { sources: projections } }];
  const text = await logOf(cluster, pod('combines', podSpec(undefined, { containers: [main], volumes })));
  assert.equal(text, 'combines\nsecret-value\nconfigmap-value\n');
});
