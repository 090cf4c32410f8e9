/** Storage objects that are not all alike: immutable data, volumes and claims, Pods with CSI volumes. */
import assert from 'node:assert/strict';
import { container, core, type More, pod, podSpec } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

/** What is immutable stays; its metadata does not have to, and it may go. */
async function staysAsItIs(
  cluster: Cluster,
  kind: string,
  resource: string,
  value: (text: string) => string,
): Promise<void> {
  const { api, gone, ok } = cluster;
  const path = core(cluster, resource, 'immutable');
  await ok('POST', core(cluster, resource), {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'immutable' },
    data: { 'data-1': value('value-1') },
  });
  const first = await ok('GET', path);
  first['data']['data-1'] = value('value-2');
  const changed = await ok('PUT', path, first);
  changed['immutable'] = true;
  const fixed = await ok('PUT', path, changed);
  for (const change of [{ data: { 'data-1': value('value-3') } }, { immutable: false }]) {
    const refused = await api('PUT', path, { ...fixed, ...change });
    assert.equal(refused.status, 422);
    assert.equal(refused.body['reason'], 'Invalid');
  }
  const { immutable: _, ...unset } = fixed;
  assert.equal((await api('PUT', path, unset)).status, 422);
  fixed.metadata.labels = { label1: 'value1' };
  assert.equal((await ok('PUT', path, fixed)).metadata.labels?.['label1'], 'value1');
  await ok('DELETE', path);
  await gone(path);
}

conformance('[sig-storage] configmap_volume.go: immutable', (cluster) =>
  staysAsItIs(cluster, 'ConfigMap', 'configmaps', (text) => text),
);

conformance('[sig-storage] secrets_volume.go: immutable', (cluster) =>
  staysAsItIs(cluster, 'Secret', 'secrets', (text) => Buffer.from(text).toString('base64')),
);

conformance('[sig-storage] csi_inline.go: inline CSI volume in Pod', async (cluster) => {
  const { gone, items, ok, patch } = cluster;
  const volumes = [{ name: 'inline', csi: { driver: 'e2e.example.com', volumeAttributes: { a: 'b' } } }];
  const containers = [container(undefined, { volumeMounts: [{ name: 'inline', mountPath: '/inline' }] })];
  const wanted = pod('inline', podSpec(undefined, { nodeSelector: { nowhere: 'yes' }, volumes, containers }), {
    csi: 'inline',
  });
  await ok('POST', core(cluster, 'pods'), wanted);
  const found = await ok('GET', core(cluster, 'pods', 'inline'));
  const volume = found['spec'].volumes.find((one: { name: string }) => one.name === 'inline');
  assert.deepEqual(volume.csi, { driver: 'e2e.example.com', volumeAttributes: { a: 'b' } });
  assert.equal((await items(`${core(cluster, 'pods')}?labelSelector=csi%3Dinline`)).length, 1);
  await patch('strategic', core(cluster, 'pods', 'inline'), { metadata: { labels: { patched: 'yes' } } });
  await ok('DELETE', core(cluster, 'pods', 'inline'));
  await gone(core(cluster, 'pods', 'inline'));
});

const volumesPath = '/api/v1/persistentvolumes';

function volume(name: string, unique: string): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels: { life: unique } } as never,
    spec: {
      storageClassName: unique,
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/tmp/e2e' },
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '3Gi' },
    },
  };
}

function claim(name: string, unique: string, more: More = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels: { life: unique } } as never,
    spec: {
      storageClassName: unique,
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '2Gi' } },
      selector: { matchLabels: { nothing: unique } },
      ...more,
    },
  };
}

conformance('[sig-storage] persistent_volumes.go: PV/PVC lifecycle', async (cluster) => {
  const { after, api, gone, items, namespace, ok, patch } = cluster;
  const selector = `labelSelector=life%3D${namespace}`;
  const claims = core(cluster, 'persistentvolumeclaims');
  after(() => api('DELETE', `${volumesPath}?${selector}`));
  for (const [all, name, make, everywhere] of [
    [volumesPath, `${namespace}-pv`, volume, volumesPath],
    [claims, 'pvc', claim, '/api/v1/persistentvolumeclaims'],
  ] as const) {
    const path = `${all}/${name}`;
    await ok('POST', all, make(name, namespace));
    assert.equal((await items(`${everywhere}?${selector}`)).length, 1);
    const patched = await patch('strategic', path, { metadata: { labels: { [name]: 'patched' } } });
    assert.equal(patched.metadata.labels?.[name], 'patched');
    assert.equal((await ok('GET', path)).metadata.labels?.[name], 'patched');
    await ok('DELETE', path);
    await gone(path);
    await ok('POST', all, make(name, namespace));
    const update = async (): Promise<boolean> => {
      const now = await ok('GET', path);
      now.metadata.labels = { ...now.metadata.labels, [name]: 'updated' };
      return (await api('PUT', path, now)).status === 200;
    };
    await until(update);
    assert.equal((await items(`${everywhere}?labelSelector=${name}%3Dupdated`)).length, 1);
    await ok('DELETE', `${all}?labelSelector=${name}%3Dupdated`);
    await until(async () => (await items(`${everywhere}?${selector}`)).length === 0);
  }
});

conformance('[sig-storage] persistent_volumes.go: PV/PVC status', async (cluster) => {
  const { after, api, namespace, ok, patch } = cluster;
  const name = `${namespace}-pv`;
  after(() => api('DELETE', `${volumesPath}/${name}`));
  await ok('POST', volumesPath, volume(name, namespace));
  const claims = core(cluster, 'persistentvolumeclaims');
  await ok('POST', claims, claim('pvc', namespace));

  const claimStatus = `${claims}/pvc/status`;
  assert.equal((await ok('GET', claimStatus))['status'].phase, 'Pending');
  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E', message: 'Set from a test' });
  const patched = await patch('merge', claimStatus, { status: { conditions: [condition('StatusPatched')] } });
  assert.equal(patched['status'].conditions[0].type, 'StatusPatched');
  await until(async () => {
    const now = await ok('GET', claimStatus);
    now['status'].conditions = [condition('StatusUpdate')];
    return (await api('PUT', claimStatus, now)).status === 200;
  });
  assert.equal((await ok('GET', claimStatus))['status'].conditions[0].type, 'StatusUpdate');

  const volumeStatus = `${volumesPath}/${name}/status`;
  const message = await patch('merge', volumeStatus, { status: { message: 'StatusPatched', reason: 'E2E patch' } });
  assert.equal(message['status'].message, 'StatusPatched');
  await until(async () => {
    const now = await ok('GET', volumeStatus);
    now['status'].message = 'StatusUpdated';
    now['status'].reason = 'E2E put';
    return (await api('PUT', volumeStatus, now)).status === 200;
  });
  const { status } = await ok('GET', volumeStatus);
  assert.equal(status.message, 'StatusUpdated');
  assert.equal(status.reason, 'E2E put');
});
