/** Scheduling, nodes, Services, garbage and namespaces on a whole control plane with played nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../../hub/api/config.ts';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Node } from '../../../hub/api/node.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  events,
  namespaces,
  nodes,
  pods,
  replicaSets,
  serviceAccounts,
  services,
} from '../../../hub/api/resource.ts';
import type { Endpoints } from '../../../hub/api/service.ts';
import { controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin, configMapObject } from '../../support/objects.ts';
import { aDeployment, aPod, aReplicaSet } from '../../support/workloads.ts';

function fresh(pod: Pod): Pod {
  delete pod.metadata.uid;
  return pod;
}

test('a Pod that fits nowhere says why, and gets its node when one comes', async (t) => {
  const plane = await controlPlane(t, { nodes: 2 });
  await plane.create(pods, fresh(aPod('lost', { spec: { nodeSelector: { disk: 'ssd' } } })));
  const read = (): Pod | undefined => plane.registry.get(pods, 'default', 'lost')?.object<Pod>();
  const condition = await eventually('it is marked', () => read()?.status?.conditions?.[0]);
  assert.equal(condition.reason, 'Unschedulable');
  assert.match(condition.message ?? '', /^0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity/);
  const failed = await eventually('an event says so', () =>
    plane.find(events).find((entry) => entry.object<Event>().reason === 'FailedScheduling'),
  );
  assert.equal(failed.object<Event>().involvedObject.name, 'lost');
  await plane.kubelet.addNode('ssd', { labels: { disk: 'ssd' } });
  await eventually('it is bound', () => read()?.spec.nodeName === 'ssd');
});

test('gated Pods and Pods of other schedulers are left alone', async (t) => {
  const plane = await controlPlane(t);
  await plane.create(pods, fresh(aPod('gated', { spec: { schedulingGates: [{ name: 'x.io/wait' }] } })));
  await plane.create(pods, fresh(aPod('foreign', { spec: { schedulerName: 'other' } })));
  await plane.create(pods, fresh(aPod('plain')));
  const node = (name: string) => plane.registry.get(pods, 'default', name)?.object<Pod>().spec.nodeName;
  await eventually('the plain one is bound', () => node('plain') !== undefined);
  assert.deepEqual([node('gated'), node('foreign')], [undefined, undefined]);
  const open = (pod: Pod): void => {
    delete pod.spec.schedulingGates;
  };
  await plane.registry.modify<Pod>(pods, 'default', 'gated', open, asAdmin);
  await eventually('the gate is open', () => node('gated') !== undefined);
});

test('a ReplicaSet adopts a stray Pod, and replaces one that is taken away from it', async (t) => {
  const plane = await controlPlane(t);
  await plane.create(pods, fresh(aPod('stray', { labels: { app: 'web', version: '1' } })));
  const { metadata, spec } = aReplicaSet('1', 2);
  const set = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: metadata.name ?? '' }, spec };
  await plane.create(replicaSets, set as unknown as KubeObject);
  const owned = () =>
    plane.find(pods, { app: 'web' }).filter((one) => one.object().metadata.ownerReferences?.length === 1);
  await eventually('two belong to it', () => owned().length === 2);
  assert.ok(owned().some((entry) => entry.name === 'stray'));
  const rename = (pod: Pod): void => {
    pod.metadata.labels = { app: 'free' };
  };
  await plane.registry.modify<Pod>(pods, 'default', 'stray', rename, asAdmin);
  await eventually('a new one is made', () => owned().length === 2);
  await eventually('the stray is free', () => {
    const stray = plane.registry.get(pods, 'default', 'stray');
    return stray?.object().metadata.ownerReferences === undefined;
  });
});

test('a lost node is tainted, its Pods serve no more, and leave when their patience ends', async (t) => {
  const plane = await controlPlane(t, { nodes: 2 });
  const tolerations = [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 },
  ];
  await plane.create(
    pods,
    fresh(
      aPod('p', { labels: { app: 'web' }, spec: { tolerations, nodeSelector: { 'kubernetes.io/hostname': 'n1' } } }),
    ),
  );
  const ports = [{ name: 'h', port: 80, targetPort: 8080 }];
  await plane.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports, clusterIP: 'None' },
  });
  const slices = () => plane.find(endpointSlices).map((entry) => entry.object<EndpointSlice>());
  const ready = () => slices()[0]?.endpoints?.[0]?.conditions?.ready;
  await eventually('it serves', () => ready() === true);
  const subset = () => plane.registry.get(endpoints, 'default', 'web')?.object<Endpoints>().subsets?.[0];
  await eventually('in both forms', () => subset()?.addresses?.length === 1);
  plane.kubelet.allows = () => false;
  await plane.kubelet.setReady('n1', 'Unknown');
  await eventually('it serves no more', () => ready() === false && subset()?.notReadyAddresses?.length === 1);
  const taints = () =>
    plane.registry
      .get(nodes, '', 'n1')
      ?.object<Node>()
      .spec.taints?.map((one) => one.effect);
  assert.deepEqual(taints(), ['NoSchedule', 'NoExecute']);
  const pod = await eventually('it is told to leave', () => {
    const now = plane.registry.get(pods, 'default', 'p')?.object<Pod>();
    return now?.metadata.deletionTimestamp === undefined ? undefined : now;
  });
  const target = pod.status?.conditions?.find((one) => one.type === 'DisruptionTarget');
  assert.equal(target?.reason, 'DeletionByTaintManager');
  await plane.kubelet.setReady('n1', 'True');
  await eventually('the taints go', () => taints() === undefined);
});

test('owners can wait for their dependents, or set them free', async (t) => {
  const plane = await controlPlane(t, { nodes: 0 });
  const owned = async (name: string, owner: string) => {
    const uid = (await plane.create(configMaps, configMapObject(owner, {}))).uid;
    const object = configMapObject(name, {});
    object.metadata.ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid, blockOwnerDeletion: true },
    ];
    object.metadata.finalizers = ['x.io/hold'];
    await plane.create(configMaps, object);
  };
  const get = (name: string) => plane.registry.get(configMaps, 'default', name);
  const free = (name: string) =>
    plane.registry.modify(configMaps, 'default', name, ({ metadata }) => void delete metadata.finalizers, asAdmin);
  await owned('child', 'parent');
  const foreground = { ...asAdmin, propagationPolicy: 'Foreground' } as const;
  await plane.registry.delete(configMaps, 'default', 'parent', foreground);
  await eventually('the child is going', () => get('child')?.object().metadata.deletionTimestamp !== undefined);
  assert.ok(get('parent'), 'the parent waits');
  await free('child');
  await eventually('both are gone', () => get('child') === undefined && get('parent') === undefined);
  await owned('free', 'liberator');
  await plane.registry.delete(configMaps, 'default', 'liberator', { ...asAdmin, propagationPolicy: 'Orphan' });
  await eventually('the owner is gone', () => get('liberator') === undefined);
  assert.equal(get('free')?.object().metadata.ownerReferences, undefined);
});

test('a namespace is furnished, and goes with everything in it', async (t) => {
  const plane = await controlPlane(t);
  const about = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop' },
    spec: { finalizers: ['kubernetes'] },
  };
  await plane.registry.create(namespaces, '', about, asAdmin);
  const has = (ref: typeof pods, name: string) => plane.registry.get(ref, 'shop', name);
  await eventually('it is furnished', () => has(serviceAccounts, 'default') && has(configMaps, 'kube-root-ca.crt'));
  await plane.registry.delete(configMaps, 'shop', 'kube-root-ca.crt', asAdmin);
  await eventually('the CA comes back', () => has(configMaps, 'kube-root-ca.crt'));
  await plane.registry.create(deployments, 'shop', { ...aDeployment(), metadata: { name: 'web' } }, asAdmin);
  await eventually('Pods run', () => [...plane.registry.entries(pods, 'shop')].length === 3);
  await plane.registry.delete(namespaces, '', 'shop', asAdmin);
  await eventually('it is gone', () => plane.registry.get(namespaces, '', 'shop') === undefined, 20_000);
  assert.equal([...plane.registry.entries(pods, 'shop')].length, 0);
});
