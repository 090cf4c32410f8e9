/** What a node runs of its own accord is seen in the API as mirror Pods, which come back however they are deleted. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NodeRestriction } from '../../../hub/registry/admission/node-restriction.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { nodes, pods } from '../../../hub/api/resource.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet, type Fleet } from '../../support/fleet.ts';
import { type HubLink, startHubLink } from '../../support/hub-link.ts';
import { asAdmin, podObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';
import type { AdmissionPlugin } from '../../../hub/registry/registry.ts';

function staticPod(name: string, hash: string, spec: Record<string, unknown> = {}): Pod {
  const pod = podObject(name, {
    tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
    ...spec,
  }) as unknown as Pod;
  pod.metadata.annotations = { 'kubernetes.io/config.hash': hash };
  pod.metadata.labels = { of: 'node' };
  return pod;
}

async function start(
  t: TestContext,
): Promise<{ hub: HubLink; fleet: Fleet; mirror: (name: string) => Pod | undefined }> {
  const admission: AdmissionPlugin[] = [];
  const registry = await openTestRegistry(t, { admission });
  admission.push(new NodeRestriction(registry));
  const hub = await startHubLink(t, { registry });
  const fleet = createFleet({
    nodes: [{ name: 'n1', identity: await hub.authority.node('n1') }],
    url: `mqtts://127.0.0.1:${hub.port}`,
  });
  t.after(() => fleet.stop());
  await fleet.start();
  const mirror = (name: string): Pod | undefined => registry.get(pods, 'default', name)?.object<Pod>();
  return { hub, fleet, mirror };
}

test('mirror Pods follow what the node says, and belong to it', async (t) => {
  const { hub, fleet, mirror } = await start(t);
  const { link } = fleet.agent('n1');
  link.reportStatics([staticPod('a-n1', 'one'), staticPod('b-n1', 'two')]);
  const a = await eventually('the mirror', () => mirror('a-n1'));
  await eventually('the other', () => mirror('b-n1'));
  assert.equal(a.spec.nodeName, 'n1');
  assert.deepEqual(a.metadata.annotations, {
    'kubernetes.io/config.source': 'file',
    'kubernetes.io/config.hash': 'one',
    'kubernetes.io/config.mirror': 'one',
  });
  const node = hub.registry.get(nodes, '', 'n1');
  assert.deepEqual(a.metadata.ownerReferences, [
    { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: node?.uid, controller: true },
  ]);
  const key = `pods/default/a-n1/${a.metadata.uid}`;
  await eventually('the node gets it back', () => fleet.agent('n1').held.get(key) !== undefined);
  link.reportPod({ namespace: 'default', name: 'a-n1', uid: a.metadata.uid ?? '', status: { phase: 'Running' } });
  await eventually('it runs', () => mirror('a-n1')?.status?.phase === 'Running');

  link.reportStatics([staticPod('a-n1', 'changed')]);
  await eventually('the changed one is replaced', () => {
    const now = mirror('a-n1');
    return (
      now?.metadata.annotations?.['kubernetes.io/config.mirror'] === 'changed' && now.metadata.uid !== a.metadata.uid
    );
  });
  await eventually('the other is gone', () => mirror('b-n1') === undefined);
  link.reportStatics([]);
  await eventually('all are gone', () => mirror('a-n1') === undefined);
});

test('a mirror a user deleted comes back, gracefully deleted or by force, and in the next session', async (t) => {
  const { hub, fleet, mirror } = await start(t);
  const { registry } = hub;
  fleet.agent('n1').link.reportStatics([staticPod('a-n1', 'one')]);
  let last = await eventually('the mirror', () => mirror('a-n1'));
  const another = (): Pod | undefined => {
    const now = mirror('a-n1');
    return now !== undefined && now.metadata.uid !== last.metadata.uid && !now.metadata.deletionTimestamp
      ? now
      : undefined;
  };
  await registry.delete(pods, 'default', 'a-n1', asAdmin);
  last = await eventually('it comes back', another);
  await registry.delete(pods, 'default', 'a-n1', { ...asAdmin, gracePeriodSeconds: 0 });
  last = await eventually('it comes back after force', another);
  hub.broker.disconnect('n1');
  await eventually('the agent returns', () => fleet.agent('n1').link.quality().reconnects === 1);
  await eventually('it is told again', () => hub.link.session('n1') !== undefined);
  await registry.delete(pods, 'default', 'a-n1', { ...asAdmin, gracePeriodSeconds: 0 });
  await eventually('it comes back in the new session', another);
});

test('what the API does not take is left out, and the rest is mirrored', async (t) => {
  const { fleet, mirror } = await start(t);
  fleet.agent('n1').link.reportStatics([
    staticPod('broken-n1', '1', { containers: 5 }),
    staticPod('unmounted-n1', '2', {
      containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    }),
    staticPod('secret-n1', '3', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
    staticPod('good-n1', '4'),
  ]);
  await eventually('the good one', () => mirror('good-n1'));
  for (const name of ['broken-n1', 'unmounted-n1', 'secret-n1']) assert.equal(mirror(name), undefined, name);
});
