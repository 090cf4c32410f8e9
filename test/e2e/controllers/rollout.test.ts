/** Deployments and DaemonSets on a whole control plane with played nodes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Pod } from '../../../hub/api/pod.ts';
import { daemonSets, deployments, pods, type ResourceRef, replicaSets } from '../../../hub/api/resource.ts';
import type { DaemonSet, Deployment, ReplicaSet } from '../../../hub/api/workload.ts';
import { type ControlPlane, controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';
import { aDaemonSet, aDeployment } from '../../support/workloads.ts';

const isReady = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined &&
  pod.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;

function readyPods(plane: ControlPlane, labels: Record<string, string>): number {
  return plane.find(pods, labels).filter((entry) => isReady(entry.object<Pod>())).length;
}

/** The fewest ready and the most existing Pods ever seen from now on. */
function watchPods(
  test: TestContext,
  plane: ControlPlane,
  labels: Record<string, string>,
): { least: number; most: number } {
  const seen = { least: Number.POSITIVE_INFINITY, most: 0 };
  test.after(
    plane.registry.subscribe(pods, () => {
      seen.least = Math.min(seen.least, readyPods(plane, labels));
      const alive = plane.find(pods, labels).filter((one) => one.object().metadata.deletionTimestamp === undefined);
      seen.most = Math.max(seen.most, alive.length);
    }),
  );
  return seen;
}

function status<T extends Deployment | DaemonSet>(
  plane: ControlPlane,
  ref: ResourceRef,
  name: string,
): NonNullable<T['status']> {
  return (plane.registry.get(ref, 'default', name)?.object<T>().status ?? {}) as NonNullable<T['status']>;
}

async function setVersion(plane: ControlPlane, ref: ResourceRef, name: string, version: string): Promise<void> {
  const change = (object: Deployment | DaemonSet): void => {
    object.spec.template.metadata = { labels: { ...object.spec.template.metadata?.labels, version } };
  };
  await plane.registry.modify<Deployment | DaemonSet>(ref, 'default', name, change, asAdmin);
}

const rolledOut = (plane: ControlPlane, version: string, size: number) =>
  eventually(`version ${version} is rolled out`, () => {
    const { updatedReplicas, replicas, availableReplicas } = status<Deployment>(plane, deployments, 'web');
    return (
      updatedReplicas === size &&
      replicas === size &&
      availableReplicas === size &&
      readyPods(plane, { version }) === size &&
      plane.find(pods, { app: 'web' }).length === size
    );
  });

test('a Deployment rolls within its limits, rolls back to its old ReplicaSet, and takes all with it when deleted', async (t) => {
  const plane = await controlPlane(t);
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } };
  await plane.create(deployments, aDeployment({ replicas: 8, strategy }));
  await rolledOut(plane, '1', 8);
  const seen = watchPods(t, plane, { app: 'web' });
  await setVersion(plane, deployments, 'web', '2');
  await rolledOut(plane, '2', 8);
  assert.ok(seen.least >= 7, `never fewer than 7 ready: ${seen.least}`);
  assert.ok(seen.most <= 10, `never more than 10: ${seen.most}`);
  await setVersion(plane, deployments, 'web', '1');
  await rolledOut(plane, '1', 8);
  const sets = plane.find(replicaSets).map((entry) => entry.object<ReplicaSet>());
  assert.equal(sets.length, 2);
  const revisions = sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']);
  assert.deepEqual(revisions.sort(), ['2', '3']);
  const progressing = status<Deployment>(plane, deployments, 'web').conditions?.find(
    (one) => one.type === 'Progressing',
  );
  assert.equal(progressing?.reason, 'NewReplicaSetAvailable');
  await plane.registry.delete(deployments, 'default', 'web', asAdmin);
  await eventually('all is gone', () => plane.find(replicaSets).length === 0 && plane.find(pods).length === 0);
});

test('Recreate starts nothing new before the last old Pod has ended', async (t) => {
  const plane = await controlPlane(t);
  await plane.create(deployments, aDeployment({ replicas: 3, strategy: { type: 'Recreate' } }));
  await rolledOut(plane, '1', 3);
  let together = false;
  t.after(
    plane.registry.subscribe(pods, () => {
      together ||= plane.find(pods, { version: '1' }).length > 0 && plane.find(pods, { version: '2' }).length > 0;
    }),
  );
  await setVersion(plane, deployments, 'web', '2');
  await rolledOut(plane, '2', 3);
  assert.equal(together, false);
});

test('controllers that stop in the middle of their work leave nothing twice', async (t) => {
  const plane = await controlPlane(t, { nodes: 6 });
  await plane.create(deployments, aDeployment({ replicas: 200 }));
  for (const count of [20, 60, 120]) {
    await eventually(`${count} Pods`, () => plane.find(pods).length >= count);
    await plane.restart();
    assert.ok(plane.find(pods).length <= 200);
  }
  await rolledOut(plane, '1', 200);
  assert.equal(plane.find(replicaSets).length, 1);
});

test('a DaemonSet is renewed over 22 nodes with never more than a fifth (rounded up) down, and undone', async (t) => {
  const plane = await controlPlane(t, { nodes: 22 });
  const set = aDaemonSet({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '20%', maxSurge: 0 } });
  await plane.create(daemonSets, set);
  const renewed = (version: Record<string, string>) =>
    eventually('all nodes are renewed', () => {
      const { updatedNumberScheduled, numberAvailable } = status<DaemonSet>(plane, daemonSets, 'agent');
      return updatedNumberScheduled === 22 && numberAvailable === 22 && readyPods(plane, version) === 22;
    });
  await renewed({ app: 'agent' });
  const seen = watchPods(t, plane, { app: 'agent' });
  await setVersion(plane, daemonSets, 'agent', '2');
  await renewed({ version: '2' });
  assert.ok(seen.least >= 17, `never fewer than 17 ready: ${seen.least}`);
  const perNode = new Set(plane.find(pods, { app: 'agent' }).map((entry) => entry.object<Pod>().spec.nodeName));
  assert.equal(perNode.size, 22);
  await plane.kubelet.addNode('late');
  await eventually('a late node gets its daemon', () => readyPods(plane, { version: '2' }) === 23);
});
