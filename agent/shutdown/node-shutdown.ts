/**
 * Ends the Pods of a machine that goes down, by priority, so that they have time to finish and the hub knows why they ended.
 *
 * INVARIANTS: once begun it does not end: no Pod begins any more and the node says that it is going down.
 */
import type { Pod } from '../../hub/api/pod.ts';
import { configSourceAnnotation } from '../../hub/api/static-pod.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { PodFailure } from '../state/checkpoints.ts';
import { shutdownPhases } from './phases.ts';

/** What it needs of its surroundings. */
export interface NodeShutdownOptions {
  readonly settings: CapacitySettings;
  readonly pods: {
    active(): Iterable<Pod>;
    evict(uid: string, failure: PodFailure): boolean;
    /** True while a container of the Pod runs. */
    runs(uid: string): Promise<boolean>;
    /** Calls back whenever a container started or exited; the answer unsubscribes. */
    subscribe(listener: () => void): () => void;
    /** Ends all that still runs, within so many seconds. */
    stopAll(limit: number): Promise<void>;
  };
  /** `unready` says another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The shutdown of this node. */
export interface NodeShutdown {
  /** Why the node is not ready; undefined while it stays up. */
  unready(): string | undefined;
  /** Why a Pod may not begin any more. */
  refuse(): { readonly reason: string; readonly message: string } | undefined;
  /** Ends everything; resolves when nothing runs or the time is over. Does nothing when Pods get no time. */
  run(): Promise<void>;
}

/** API: a kubelet's words. */
const message = 'Pod was terminated in response to imminent node shutdown.';

/** Makes it. */
export function createNodeShutdown(options: NodeShutdownOptions): NodeShutdown {
  const { settings, pods, clock, log } = options;
  let begun = false;

  async function end(uids: readonly string[], period: number): Promise<void> {
    const over = new AbortController();
    const cancel = clock.after(period * 1000, () => over.abort());
    let wake = (): void => {};
    const release = pods.subscribe(() => wake());
    over.signal.addEventListener('abort', () => wake());
    try {
      while (!over.signal.aborted) {
        const next = new Promise<void>((resolve) => (wake = resolve));
        const running = await Promise.all(uids.map((uid) => pods.runs(uid)));
        if (!running.includes(true)) return;
        await next;
      }
      log.warn({ seconds: period }, 'Pods did not end in their time');
    } finally {
      cancel();
      release();
    }
  }

  return {
    unready: () => (begun ? 'node is shutting down' : undefined),
    refuse: () =>
      begun ? { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' } : undefined,
    async run() {
      if (begun || settings.shutdownGracePeriod === 0) return;
      begun = true;
      options.changed();
      for (const { pods: group, period } of shutdownPhases(pods.active(), settings)) {
        log.info({ pods: group.length, seconds: period }, 'the machine goes down: Pods end');
        const ended = group.filter((pod) => !isStatic(pod)).map(({ metadata: { uid = '' } }) => uid);
        const disruption = { reason: 'TerminationByKubelet', message };
        for (const uid of ended) pods.evict(uid, { reason: 'Terminated', message, grace: period, disruption });
        await end(ended, period);
      }
      await pods.stopAll(settings.shutdownGracePeriodCriticalPods);
    },
  };
}

/** A static Pod is no Pod of the hub's to be told of: it ends, and begins again with the machine. */
function isStatic({ metadata }: Pod): boolean {
  const source = metadata.annotations?.[configSourceAnnotation];
  return source !== undefined && source !== 'api';
}
