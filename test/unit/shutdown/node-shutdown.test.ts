/** A machine that goes down, with a clock and Pods of paper. */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createNodeShutdown, type NodeShutdown } from '../../../agent/shutdown/node-shutdown.ts';
import { shutdownPhases } from '../../../agent/shutdown/phases.ts';
import { isSystemStopping } from '../../../agent/shutdown/system-state.ts';
import type { PodFailure } from '../../../agent/state/checkpoints.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { capacityDefaults } from '../../../hub/base/capacity-settings.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { tempDir } from '../../support/temp-dir.ts';

const settings = { ...capacityDefaults, shutdownGracePeriod: 30, shutdownGracePeriodCriticalPods: 10 };

const pod = (name: string, priority = 0, annotations: Record<string, string> = {}): Pod =>
  shellPod({ metadata: { name, uid: name, annotations }, spec: { priority } });

interface Machine {
  shutdown: NodeShutdown;
  clock: ReturnType<typeof manualClock>;
  /** Pods that were told to end, in order, and how. */
  ended: Map<string, PodFailure>;
  exit(uid: string): void;
  stopped: number[];
  changes: number;
}

function machine(pods: readonly Pod[], given = settings): Machine {
  const clock = manualClock();
  const running = new Set(pods.map(({ metadata }) => metadata.uid ?? ''));
  const listeners = new Set<() => void>();
  const self: Omit<Machine, 'shutdown'> = {
    ...{ clock, ended: new Map(), stopped: [], changes: 0 },
    exit(uid) {
      running.delete(uid);
      for (const listener of listeners) listener();
    },
  };
  const shutdown = createNodeShutdown({
    settings: given,
    pods: {
      active: () => pods,
      evict(uid, failure) {
        self.ended.set(uid, failure);
        return true;
      },
      runs: async (uid) => running.has(uid),
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stopAll: async (limit) => void self.stopped.push(limit),
    },
    changed: () => void self.changes++,
    clock,
    log: silentLog,
  });
  return Object.assign(self, { shutdown });
}

describe('a machine that goes down', () => {
  it('ends critical Pods after all others, each within its part of the time', async () => {
    const node = machine([pod('web'), pod('vital', 2_000_000_000)]);
    const done = node.shutdown.run();
    await eventually('the first Pods to be told', () => node.ended.size > 0);
    assert.deepEqual([...node.ended.keys()], ['web']);
    node.exit('web');
    await eventually('the critical ones to be told', () => node.ended.size > 1);
    node.exit('vital');
    await done;
    const { grace, reason, message, disruption } = node.ended.get('web') ?? {};
    assert.deepEqual([grace, reason, disruption?.reason], [20, 'Terminated', 'TerminationByKubelet']);
    assert.equal(message, 'Pod was terminated in response to imminent node shutdown.');
    assert.equal(node.ended.get('vital')?.grace, 10);
    assert.deepEqual(node.stopped, [10]);
  });

  it('does not wait longer than it said', async () => {
    const node = machine([pod('stubborn')]);
    const done = node.shutdown.run();
    await eventually('the Pod to be waited for', () => node.ended.size > 0 && node.clock.pending > 0);
    node.clock.advance(20_000);
    await done;
  });

  it('says so, and takes no Pod any more', async () => {
    const node = machine([]);
    assert.deepEqual([node.shutdown.unready(), node.shutdown.refuse()], [undefined, undefined]);
    await node.shutdown.run();
    assert.equal(node.shutdown.unready(), 'node is shutting down');
    assert.deepEqual(node.shutdown.refuse(), {
      reason: 'NodeShutdown',
      message: 'Pod was rejected as the node is shutting down.',
    });
    assert.equal(node.changes, 1);
  });

  it('does not fail static Pods: they begin again with the machine', async () => {
    const node = machine([pod('own', 0, { 'kubernetes.io/config.source': 'file' })]);
    await node.shutdown.run();
    assert.deepEqual([node.ended.size, node.stopped], [0, [10]]);
  });

  it('does nothing when Pods get no time', async () => {
    const node = machine([pod('web')], capacityDefaults as typeof settings);
    await node.shutdown.run();
    assert.deepEqual([node.ended.size, node.shutdown.unready()], [0, undefined]);
  });

  it('has no phase without Pods', () => {
    assert.deepEqual(
      shutdownPhases([pod('vital', 2_000_000_000)], settings).map(({ period }) => period),
      [10],
    );
  });

  it('is known from systemd, and from nobody else', async (test) => {
    const dir = tempDir(test);
    const systemctl = (state: string): string => {
      const file = join(dir, state);
      writeFileSync(file, `#!/bin/sh\necho ${state}\nexit 1\n`);
      chmodSync(file, 0o755);
      return file;
    };
    assert.equal(await isSystemStopping(systemctl('stopping')), true);
    assert.equal(await isSystemStopping(systemctl('degraded')), false);
    assert.equal(await isSystemStopping(join(dir, 'none')), false);
  });
});
