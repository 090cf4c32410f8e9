/** ConfigMaps, Secrets and PodTemplates as API objects. */
import assert from 'node:assert/strict';
import { core } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function refusesEmptyKey(cluster: Cluster, kind: string, resource: string): Promise<void> {
  const body = { apiVersion: 'v1', kind, metadata: { name: 'empty-key' }, data: { '': base64('value') } };
  const { status, body: answer } = await cluster.api('POST', core(cluster, resource), body);
  assert.equal(status, 422);
  assert.equal(answer['reason'], 'Invalid');
}

conformance('[sig-node] configmap.go: ConfigMap empty key', (cluster) =>
  refusesEmptyKey(cluster, 'ConfigMap', 'configmaps'),
);
conformance('[sig-node] secrets.go: Secret empty key', (cluster) => refusesEmptyKey(cluster, 'Secret', 'secrets'));

conformance('[sig-node] configmap.go: ConfigMap update', async (cluster) => {
  const path = core(cluster, 'configmaps', 'changed');
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'changed' }, data: { data: 'value' } };
  const made = await cluster.ok('POST', core(cluster, 'configmaps'), body);
  made['data'] = { data: 'value', more: 'second' };
  assert.deepEqual((await cluster.ok('PUT', path, made))['data'], made['data']);
  assert.deepEqual((await cluster.ok('GET', path))['data'], { data: 'value', more: 'second' });
});

/** Create, watch, patch, get, list everywhere, delete the collection. */
async function life(cluster: Cluster, kind: string, resource: string, value: (text: string) => string): Promise<void> {
  const { items, namespace, ok, patch, watch } = cluster;
  const selector = `labelSelector=life%3D${namespace}`;
  const path = core(cluster, resource, 'lives');
  const { events } = await watch(`${core(cluster, resource)}?watch=true&${selector}`);
  await ok('POST', core(cluster, resource), {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'lives', labels: { life: namespace } },
    data: { key: value('value') },
  });
  await until(() => events[0]?.type === 'ADDED');
  await patch('strategic', path, { metadata: { labels: { patched: 'yes' } }, data: { key: value('patched') } });
  await until(() => events[1]?.type === 'MODIFIED');
  const found = await ok('GET', path);
  assert.equal(found['data'].key, value('patched'));
  assert.equal(found.metadata.labels?.['patched'], 'yes');
  const everywhere = await items(`/api/v1/${resource}?${selector}`);
  assert.deepEqual(
    everywhere.map((one) => [one.metadata.name, one.metadata.namespace]),
    [['lives', namespace]],
  );
  await ok('DELETE', `${core(cluster, resource)}?${selector}`);
  await until(() => events[2]?.type === 'DELETED');
  assert.deepEqual(await items(`/api/v1/${resource}?${selector}`), []);
}

conformance('[sig-node] configmap.go: ConfigMap lifecycle', (cluster) =>
  life(cluster, 'ConfigMap', 'configmaps', (text) => text),
);
conformance('[sig-node] secrets.go: Secret patch', (cluster) => life(cluster, 'Secret', 'secrets', base64));

const template = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name, labels },
  template: { spec: { containers: [{ name: 'nginx', image: 'nginx' }] } },
});

conformance('[sig-node] podtemplates.go: podtemplate lifecycle', async (cluster) => {
  const { gone, items, namespace, ok, patch } = cluster;
  const path = core(cluster, 'podtemplates', 'lives');
  await ok('POST', core(cluster, 'podtemplates'), template('lives', { life: namespace }));
  await patch('strategic', path, { metadata: { labels: { patched: 'yes' } } });
  assert.equal((await ok('GET', path)).metadata.labels?.['patched'], 'yes');
  assert.equal((await items(`/api/v1/podtemplates?labelSelector=life%3D${namespace}`)).length, 1);
  await ok('DELETE', path);
  await gone(path);
  assert.equal((await items(`/api/v1/podtemplates?labelSelector=life%3D${namespace}`)).length, 0);
});

conformance('[sig-node] podtemplates.go: replace podtemplate', async (cluster) => {
  const path = core(cluster, 'podtemplates', 'replaced');
  const made = await cluster.ok('POST', core(cluster, 'podtemplates'), template('replaced'));
  made.metadata.annotations = { updated: 'true' };
  assert.equal((await cluster.ok('PUT', path, made)).metadata.annotations?.['updated'], 'true');
  assert.equal((await cluster.ok('GET', path)).metadata.annotations?.['updated'], 'true');
});

conformance('[sig-node] podtemplates.go: deletecollection podtemplates', async (cluster) => {
  const all = core(cluster, 'podtemplates');
  for (const name of ['one', 'two', 'three']) await cluster.ok('POST', all, template(name, { set: 'test' }));
  assert.equal((await cluster.items(`${all}?labelSelector=set%3Dtest`)).length, 3);
  await cluster.ok('DELETE', `${all}?labelSelector=set%3Dtest`);
  assert.deepEqual(await cluster.items(all), []);
});
