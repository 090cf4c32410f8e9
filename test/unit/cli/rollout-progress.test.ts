/** When a workload has rolled out, and when it never will. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { progressLine, readWorkload, rolloutProgress } from '../../../agent/cli/rollout-progress.ts';

describe('a rollout', () => {
  it('of a Deployment is done when every new Pod is available and no old one is left', () => {
    const metadata = { generation: 2 };
    const spec = { replicas: 3 };
    const at = (status: object): ReturnType<typeof rolloutProgress> =>
      rolloutProgress('deployments', { metadata, spec, status: { observedGeneration: 2, ...status } });
    assert.equal(at({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 }).done, true);
    const old = at({ replicas: 4, updatedReplicas: 3, availableReplicas: 3 });
    assert.deepEqual([old.done, progressLine(old)], [false, '3 of 3 updated, 3 available, 1 old still there']);
    assert.equal(at({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 }).done, false);
    assert.equal(at({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }).done, false);
    const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'too slow' };
    assert.equal(at({ replicas: 3, updatedReplicas: 1, conditions: [late] }).stuck, 'too slow');
  });

  it('of a StatefulSet leaves the Pods below its partition alone', () => {
    const spec = { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } };
    const status = { observedGeneration: 1, replicas: 3, updatedReplicas: 1, availableReplicas: 3 };
    assert.equal(rolloutProgress('statefulsets', { metadata: { generation: 1 }, spec, status }).done, true);
  });

  it('of a DaemonSet counts nodes', () => {
    const status = { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 };
    const progress = rolloutProgress('daemonsets', { metadata: { generation: 1 }, status });
    assert.deepEqual([progress.done, progressLine(progress)], [false, '2 of 2 updated, 1 available']);
  });

  it('is named as kubectl names it, or by its name alone', () => {
    assert.deepEqual(readWorkload('ds/sensor'), { kinds: ['daemonsets'], name: 'sensor' });
    assert.equal(readWorkload('web').kinds.length, 3);
    assert.throws(() => readWorkload('pod/web'), /"pod\/web" is no NAME, deployment\/NAME/);
  });
});
