/** Makes what watches over the machine for its Pods: images, shortages, its shutdown. Part of the wiring, used by agent.ts. */
import type { Pod } from '../hub/api/pod.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import type { Clock } from '../hub/base/clock.ts';
import type { Log } from '../hub/base/log.ts';
import type { Eviction } from './eviction/eviction.ts';
import { createNodeEviction } from './eviction/node-eviction.ts';
import { podCosts } from './eviction/pod-costs.ts';
import { isDisk } from './eviction/signal.ts';
import type { ImageKeeper } from './garbage/garbage.ts';
import { createImageKeeper } from './garbage/image-keeper.ts';
import type { Pods } from './pods/pods.ts';
import { readRoom } from './resources/room-left.ts';
import type { Images } from './runtime/image.ts';
import type { Runtime } from './runtime/runtime.ts';
import { createNodeShutdown, type NodeShutdown } from './shutdown/node-shutdown.ts';
import type { PodFailure } from './state/checkpoints.ts';
import type { Volumes } from './volumes/volumes.ts';

/** Options of `openCare`. */
export interface OpenCareOptions {
  readonly settings: AgentSettings;
  /** The agent's directory. */
  readonly dir: string;
  readonly runtime: Runtime;
  /** Images of a container runtime; unset for host processes. */
  readonly images: Images | undefined;
  readonly volumes: Volumes;
  /** Undefined until they are made. */
  readonly pods: () => Pods | undefined;
  /** What the node tells of itself is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was made, not started yet. */
export interface Care {
  readonly images: ImageKeeper | undefined;
  readonly eviction: Eviction;
  readonly shutdown: NodeShutdown;
}

/** Makes them. */
export function openCare(options: OpenCareOptions): Care {
  const { settings, dir, runtime, changed, clock, log } = options;
  const pods = {
    active: () => options.pods()?.active() ?? [],
    evict: (uid: string, failure: PodFailure) => options.pods()?.evict(uid, failure) ?? false,
    runs: async (uid: string) => (await runtime.list(uid)).containers.some(({ state }) => state === 'running'),
    subscribe: (listener: () => void) => runtime.subscribe(listener),
    stopAll: async (limit: number) => options.pods()?.stopAll(limit),
  };
  const images =
    options.images === undefined
      ? undefined
      : createImageKeeper({
          ...{ settings, changed, clock, images: options.images, log: log.child({ room: 'garbage' }) },
          containers: async () => (await runtime.list()).containers,
          subscribe: pods.subscribe,
        });
  const measures = {
    stats: () => runtime.stats(),
    volumes: (pod: Pod) => options.volumes.usage(pod),
    logsDir: images === undefined ? undefined : settings.podLogsDir,
  };
  const eviction = createNodeEviction({
    ...{ settings, pods, changed, clock, log: log.child({ room: 'eviction' }) },
    read: () => readRoom({ nodeDir: dir, imageDir: images?.directory() }),
    cost: (which) => podCosts(which, measures),
    reclaim: async (signal) => {
      if (isDisk(signal)) await images?.removeUnused();
    },
  });
  const shutdown = createNodeShutdown({ settings, pods, changed, clock, log: log.child({ room: 'shutdown' }) });
  return { images, eviction, shutdown };
}
