/** Leases of connected nodes are fresh for whoever reads them, and never written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../../hub/api/lease.ts';
import { leases } from '../../../hub/api/resource.ts';
import { withLiveLeases } from '../../../hub/mqtt/health/live-leases.ts';
import type { Entry } from '../../../hub/registry/registry.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const old = '2026-01-01T00:00:00.000000Z';

const timeOf = (entry: Entry | undefined): (string | undefined)[] => [
  entry?.object<Lease>().spec?.renewTime,
  (JSON.parse(entry?.bytes.toString() ?? '{}') as Lease).spec?.renewTime,
];

test('reading the Lease of a connected node shows its link, and writes nothing', async (t) => {
  const registry = await openTestRegistry(t);
  const make = (name: string, namespace: string, annotations = {}) =>
    registry.create(
      leases,
      namespace,
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, annotations },
        spec: { holderIdentity: name, renewTime: old },
      },
      asAdmin,
    );
  await make('n1', 'kube-node-lease', { note: `"renewTime":"${old}"` });
  await make('stranger', 'kube-node-lease');
  await make('n1', 'default');
  const { revision } = registry.head();

  const now = Date.UTC(2026, 5, 1, 12, 30, 15, 250);
  const live = withLiveLeases(registry, (node) => (node === 'n1' ? now : undefined));
  const fresh = '2026-06-01T12:30:15.250000Z';
  assert.deepEqual(timeOf(live.get(leases, 'kube-node-lease', 'n1')), [fresh, fresh]);
  assert.deepEqual(timeOf(live.get(leases, 'kube-node-lease', 'stranger')), [old, old]);
  assert.deepEqual(timeOf(live.get(leases, 'default', 'n1')), [old, old]);
  const listed = live.list(leases).entries.map((entry) => `${entry.namespace}/${entry.name} ${timeOf(entry)[0]}`);
  assert.deepEqual(listed, [`default/n1 ${old}`, `kube-node-lease/n1 ${fresh}`, `kube-node-lease/stranger ${old}`]);
  const note = live.get(leases, 'kube-node-lease', 'n1')?.object().metadata.annotations?.['note'];
  assert.equal(note, `"renewTime":"${old}"`);
  assert.deepEqual(timeOf(registry.get(leases, 'kube-node-lease', 'n1')), [old, old]);
  assert.equal(registry.head().revision, revision);
});
