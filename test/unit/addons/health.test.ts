/** From workloads and Pods to figures, a phase and one reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Addon, AddonStatus } from '../../../hub/api/addon.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { healthOf } from '../../../hub/addons/health.ts';
import { statusOf } from '../../../hub/addons/verdict.ts';

const workload = (kind: string, spec: object, status: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'a', namespace: 'x', generation: 2 },
  spec,
  status: { observedGeneration: 2, ...status },
});

const pod = (status: object): Pod => ({ metadata: { name: 'a-1', namespace: 'x' }, spec: {}, status }) as Pod;

describe('the health of an addon', () => {
  it('counts the Pods of all its workloads', () => {
    const daemons = workload('DaemonSet', {}, { desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 });
    const deployed = workload('Deployment', { replicas: 2 }, { readyReplicas: 2, updatedReplicas: 2 });
    assert.deepEqual(healthOf([daemons, deployed, workload('ConfigMap', {}, {})], []), { wanted: 5, ready: 5 });
  });

  it('is not well while a newer form is rolled out or not yet seen', () => {
    const rolling = workload('Deployment', { replicas: 2 }, { readyReplicas: 2, updatedReplicas: 1 });
    assert.equal(healthOf([rolling], []).why, 'deployment x/a: 1 of 2 updated');
    const unseen = workload('Deployment', {}, { observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1 });
    assert.equal(healthOf([unseen], []).why, 'deployment x/a: not looked at yet');
  });

  const short = workload('Deployment', {}, {});
  const reasons: [string, Pod[], string][] = [
    ['nothing more is known', [], 'deployment x/a: 0 of 1 ready'],
    [
      'an image is missing',
      [pod({ containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull', message: 'no\n such image' } } }] })],
      'Pod x/a-1: ErrImagePull: no such image',
    ],
    [
      'it crashes',
      [
        pod({
          containerStatuses: [
            { state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 3 } } },
          ],
        }),
      ],
      'Pod x/a-1: CrashLoopBackOff (it ended with exit code 3)',
    ],
    [
      'it says why it crashes',
      [
        pod({
          containerStatuses: [
            {
              state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
              lastState: { terminated: { exitCode: 1, message: 'begun\nno such device\n' } },
            },
          ],
        }),
      ],
      'Pod x/a-1: CrashLoopBackOff (it ended with exit code 1: no such device)',
    ],
    [
      'no node takes it',
      [pod({ conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] })],
      'Pod x/a-1: 0/1 nodes are available',
    ],
  ];
  for (const [when, pods, why] of reasons)
    it(`says why when ${when}`, () => assert.deepEqual(healthOf([short], pods), { wanted: 1, ready: 0, why }));

  it('says what was last told of a Pod that itself says nothing', () => {
    const waiting = pod({ containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] });
    assert.equal(healthOf([short], [waiting], () => 'no\nruntime').why, 'Pod x/a-1: no runtime');
    const ready = pod({ conditions: [{ type: 'Ready', status: 'True' }] });
    assert.equal(healthOf([short], [ready], () => 'old').why, 'deployment x/a: 0 of 1 ready');
  });

  it('was Degraded only after it was well in this form', () => {
    const addon = (status: AddonStatus): Addon => ({
      apiVersion: 'addons.coracle.io/v1',
      kind: 'Addon',
      metadata: { name: 'a', generation: 1 },
      status,
    });
    const phase = (before: AddonStatus, why?: string): string | undefined =>
      statusOf(
        addon(before),
        { applied: [], version: '1', generation: 1 },
        { wanted: 1, ready: 0, ...(why === undefined ? {} : { why }) },
        'now',
      ).phase;
    assert.equal(phase({}, 'x'), 'Deploying');
    assert.equal(phase({ phase: 'Ready', version: '1', observedGeneration: 1 }, 'x'), 'Degraded');
    assert.equal(phase({ phase: 'Ready', version: '0', observedGeneration: 1 }, 'x'), 'Deploying');
    assert.equal(phase({ phase: 'Degraded', version: '1', observedGeneration: 1 }), 'Ready');
  });
});
