/** What a Pod says of itself in files: the downward API, alone and projected. */
import assert from 'node:assert/strict';
import { container, logOf, type More, pod, podSpec } from '../objects.ts';
import { type Cluster, conformance } from '../suite.ts';

/** A volume of these files. */
type Kind = (items: readonly More[], defaultMode?: number) => More;

const kinds: Record<string, Kind> = {
  'downwardapi_volume.go': (items, mode) => ({
    downwardAPI: { items, ...(mode === undefined ? {} : { defaultMode: mode }) },
  }),
  'projected_downwardapi.go': (items, mode) => ({
    projected: { sources: [{ downwardAPI: { items } }], ...(mode === undefined ? {} : { defaultMode: mode }) },
  }),
};

const resources = { requests: { cpu: '250m', memory: '32Mi' }, limits: { cpu: '1250m', memory: '64Mi' } };
const nameOfPod = { path: 'podname', fieldRef: { fieldPath: 'metadata.name' } };

/** The output of `script` in a Pod named `tells` with the volume at /etc/podinfo. */
function tells(cluster: Cluster, volume: More, script: string, more: More = { resources }): Promise<string> {
  const main = container(script, { volumeMounts: [{ name: 'podinfo', mountPath: '/etc/podinfo' }], ...more });
  const spec = podSpec(undefined, { containers: [main], volumes: [{ name: 'podinfo', ...volume }] });
  return logOf(cluster, pod('tells', spec));
}

for (const [file, volume] of Object.entries(kinds)) {
  const resource = (name: string, wanted: string, field: string, divisor: string): void =>
    conformance(`[sig-storage] ${file}: ${name}`, async (cluster) => {
      const items = [{ path: 'amount', resourceFieldRef: { containerName: 'main', resource: field, divisor } }];
      assert.equal(await tells(cluster, volume(items), 'cat /etc/podinfo/amount'), wanted);
    });
  resource('cpu limit', '1250', 'limits.cpu', '1m');
  resource('cpu request', '250', 'requests.cpu', '1m');
  resource('memory limit', '64', 'limits.memory', '1Mi');
  resource('memory request', '32', 'requests.memory', '1Mi');

  for (const amount of ['cpu', 'memory'])
    conformance(`[sig-storage] ${file}: default ${amount} limit`, async (cluster) => {
      const items = [{ path: 'amount', resourceFieldRef: { containerName: 'main', resource: `limits.${amount}` } }];
      const text = await tells(cluster, volume(items), 'cat /etc/podinfo/amount', {});
      const { spec } = await cluster.ok<{ spec: { nodeName: string } }>(
        'GET',
        `/api/v1/namespaces/${cluster.namespace}/pods/tells`,
      );
      const node = await cluster.ok('GET', `/api/v1/nodes/${spec.nodeName}`);
      assert.equal(Number(text), amountOf(node['status'].allocatable[amount]));
    });

  conformance(`[sig-storage] ${file}: pod name`, async (cluster) => {
    assert.equal(await tells(cluster, volume([nameOfPod]), 'cat /etc/podinfo/podname'), 'tells');
  });

  const permissions = "stat -L -c '%A' /etc/podinfo/podname";
  conformance(`[sig-storage] ${file}: defaultMode`, async (cluster) => {
    assert.equal(await tells(cluster, volume([nameOfPod], 0o400), permissions), '-r--------\n');
  });
  conformance(`[sig-storage] ${file}: item mode`, async (cluster) => {
    assert.equal(await tells(cluster, volume([{ ...nameOfPod, mode: 0o400 }]), permissions), '-r--------\n');
  });
}

/** Cores rounded up, or bytes, of a quantity as nodes write them. */
function amountOf(quantity: string): number {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(quantity) ?? [];
  const units: Record<string, number> = { '': 1, m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
  return Math.ceil(Number(digits) * (units[unit] ?? Number.NaN));
}
