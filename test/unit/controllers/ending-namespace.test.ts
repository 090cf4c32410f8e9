/** What controllers do in a namespace that takes nothing new: nothing, however long its last Pods take. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { type TestContext, test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { daemonSets, namespaces, nodes, pods, type ResourceRef, replicaSets } from '../../../hub/api/resource.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { type ControllerContext, createContext } from '../../../hub/controllers/context.ts';
import { createDaemonSetController } from '../../../hub/controllers/daemonset/daemonset.ts';
import { createReplicaSetController } from '../../../hub/controllers/replicas/replicas.ts';
import { NamespaceLifecycle } from '../../../hub/registry/admission/namespace-lifecycle.ts';
import type { AdmissionRequest, Registry } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { asAdmin } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

/** The real plugin, and how often it was asked about Pods. */
class Counting extends NamespaceLifecycle {
  asked = 0;

  override mutate(request: AdmissionRequest): void {
    if (request.info.resource === 'pods') this.asked += 1;
    super.mutate(request);
  }
}

async function asked(
  test: TestContext,
  /** `grow` has it want Pods. */
  owner: { ref: ResourceRef; object: object; grow: (registry: Registry) => Promise<unknown> },
  make: (context: ControllerContext) => Part,
): Promise<number> {
  const clock = manualClock();
  const plugin: Counting = new Counting({
    get: (...about) => registry.get(...about),
    entries: (...about) => registry.entries(...about),
  });
  const registry: Registry = await openTestRegistry(test, { clock, admission: [plugin] });
  const create = (ref: ResourceRef, namespace: string, object: object) =>
    registry.create(ref, namespace, object as KubeObject, asAdmin);
  await create(namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } });
  const controller = make(createContext({ registry, clock, log: silentLog, random: Math.random }));
  await controller.start?.();
  test.after(() => controller.stop?.());
  await create(owner.ref, 'going', owner.object);
  const status = (): object | undefined =>
    registry.get(owner.ref, 'going', 'owner')?.object<{ status?: object }>().status;
  await eventually('it is looked after', () => status() !== undefined);
  await registry.delete(namespaces, '', 'going', asAdmin);
  assert.notEqual(registry.get(namespaces, '', 'going')?.object().metadata.deletionTimestamp, undefined);
  await owner.grow(registry);
  await eventually('a Pod was tried', () => plugin.asked > 0);
  const first = plugin.asked;
  for (let turns = 0; turns < 200; turns += 1) {
    clock.advance(10);
    await turn();
  }
  assert.equal([...registry.entries(pods, 'going')].length, 0);
  return plugin.asked - first;
}

/** What else changed at that moment, as the status of the owner, may be looked at too; nothing is tried for its own sake. */
const onceMore = 1;

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const selector = { matchLabels: { app: 'a' } };

test('a DaemonSet makes no Pod again and again', async (context) => {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'owner' },
    spec: { selector, template },
  };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
  const grow = (registry: Registry) => registry.create(nodes, '', node as KubeObject, asAdmin);
  const again = await asked(context, { ref: daemonSets, object, grow }, createDaemonSetController);
  assert.ok(again <= onceMore, `${again} times`);
});

test('nor does a ReplicaSet that wants many', async (context) => {
  const spec = { replicas: 0, selector, template };
  const object = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'owner' }, spec };
  const grow = (registry: Registry) =>
    registry.modify<KubeObject & { spec: { replicas: number } }>(
      replicaSets,
      'going',
      'owner',
      (now) => {
        now.spec.replicas = 5000;
      },
      asAdmin,
    );
  // the first batch is tried at once
  assert.ok((await asked(context, { ref: replicaSets, object, grow }, createReplicaSetController)) < 8);
});
