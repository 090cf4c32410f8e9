/** Jobs on a whole control plane with played nodes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobSpec } from '../../../hub/api/batch.ts';
import type { Event } from '../../../hub/api/config.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { events, jobs, pods } from '../../../hub/api/resource.ts';
import { type ControlPlane, controlPlane } from '../../support/controllers.ts';
import { eventually } from '../../support/eventually.ts';
import { asAdmin } from '../../support/objects.ts';

function newJob(name: string, spec: Partial<JobSpec> = {}): KubeObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template, ...spec } };
}

const jobOf = (plane: ControlPlane, name: string) => plane.registry.get(jobs, 'default', name)?.object<Job>();
const podsOf = (plane: ControlPlane, name: string): Pod[] =>
  plane.find(pods, { 'batch.kubernetes.io/job-name': name }).map((entry) => entry.object<Pod>());

function ended(plane: ControlPlane, name: string, type: 'Complete' | 'Failed'): Promise<Job> {
  return eventually(`job ${name} is ${type}`, () => {
    const job = jobOf(plane, name);
    return job?.status?.conditions?.some((one) => one.type === type && one.status === 'True') === true && job;
  });
}

test('a Job runs its Pods to the end, counts each once and says so', async (test) => {
  const plane = await controlPlane(test);
  plane.kubelet.exits = () => 0;
  await plane.create(jobs, newJob('many', { completions: 20, parallelism: 7 }));
  const { status } = await ended(plane, 'many', 'Complete');
  assert.equal(status?.succeeded, 20);
  assert.equal(status?.active, undefined);
  assert.deepEqual(status?.uncountedTerminatedPods, {});
  assert.ok(status?.completionTime !== undefined);
  assert.equal(podsOf(plane, 'many').length, 20);
  assert.ok(podsOf(plane, 'many').every((pod) => pod.metadata.finalizers === undefined));
  await eventually('it is told', () =>
    plane.find(events).some((entry) => entry.object<Event>().message === 'Job completed'),
  );
});

test('an indexed Job goes on after a restart of the hub and completes each index once', async (test) => {
  const plane = await controlPlane(test);
  plane.kubelet.exits = (pod) => (pod.metadata.name?.startsWith('part-3') === true ? undefined : 0);
  await plane.create(jobs, newJob('part', { completions: 5, parallelism: 5, completionMode: 'Indexed' }));
  await eventually('four are done', () => jobOf(plane, 'part')?.status?.completedIndexes === '0-2,4');
  await plane.restart();
  plane.kubelet.exits = () => 0;
  const last = podsOf(plane, 'part').find((pod) => pod.spec.hostname === 'part-3');
  const touch = (pod: Pod): void => {
    pod.metadata.annotations = { ...pod.metadata.annotations, touched: 'yes' };
  };
  await plane.registry.modify<Pod>(pods, 'default', last?.metadata.name ?? '', touch, asAdmin);
  const { status } = await ended(plane, 'part', 'Complete');
  assert.equal(status?.completedIndexes, '0-4');
  assert.equal(status?.succeeded, 5);
  assert.equal(podsOf(plane, 'part').length, 5);
});

test('a Job that fails too often removes what still runs', async (test) => {
  const plane = await controlPlane(test);
  plane.kubelet.exits = (pod) => (pod.metadata.name?.startsWith('bad-0') === true ? 1 : undefined);
  const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimit: 0 };
  await plane.create(jobs, newJob('bad', spec));
  const { status } = await ended(plane, 'bad', 'Failed');
  const conditions = status?.conditions?.map((one) => [one.type, one.reason]);
  const reason = 'BackoffLimitExceeded';
  assert.deepEqual(conditions, [
    ['FailureTarget', reason],
    ['Failed', reason],
  ]);
  assert.equal(status?.active, undefined);
  assert.ok(podsOf(plane, 'bad').every((pod) => pod.status?.phase === 'Failed'));
});

test('suspending takes the Pods away without counting them, resuming brings new ones', async (test) => {
  const plane = await controlPlane(test);
  await plane.create(jobs, newJob('pause'));
  await eventually('it runs', () => jobOf(plane, 'pause')?.status?.ready === 1);
  const suspend = (value: boolean) => (job: Job) => {
    if (job.spec !== undefined) job.spec.suspend = value;
  };
  await plane.registry.modify<Job>(jobs, 'default', 'pause', suspend(true), asAdmin);
  await eventually('its Pod is gone', () => podsOf(plane, 'pause').length === 0);
  await eventually('it rests', () => jobOf(plane, 'pause')?.status?.terminating === 0);
  const { status } = jobOf(plane, 'pause') ?? {};
  assert.equal(status?.conditions?.[0]?.reason, 'JobSuspended');
  assert.equal(status?.failed, undefined);
  plane.kubelet.exits = () => 0;
  await plane.registry.modify<Job>(jobs, 'default', 'pause', suspend(false), asAdmin);
  assert.equal((await ended(plane, 'pause', 'Complete')).status?.succeeded, 1);
});

test('a Job goes with its Pods when its time after the end is over', async (test) => {
  const plane = await controlPlane(test);
  plane.kubelet.exits = () => 0;
  await plane.create(jobs, newJob('brief', { ttlSecondsAfterFinished: 0 }));
  await eventually('job and Pod are gone', () => {
    return jobOf(plane, 'brief') === undefined && podsOf(plane, 'brief').length === 0;
  });
});

test('the Pods of a deleted Job are let go', async (test) => {
  const plane = await controlPlane(test);
  await plane.create(jobs, newJob('gone'));
  await eventually('it runs', () => jobOf(plane, 'gone')?.status?.ready === 1);
  await plane.registry.delete(jobs, 'default', 'gone', { ...asAdmin, propagationPolicy: 'Background' });
  await eventually('its Pods are gone', () => podsOf(plane, 'gone').length === 0);
});
