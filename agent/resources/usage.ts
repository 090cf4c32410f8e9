/** Measures on a slow beat and tells the hub what has left its step. */
import type { PodUsage, UsageMessage } from '../../hub/api/link.ts';
import { timestamp } from '../../hub/api/object.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import type { ContainerUsage } from '../runtime/container.ts';
import { type Counters, type Figures, readCounters, readFigures } from './figures.ts';
import { changedFigures, inSteps } from './figure-steps.ts';

/** Options of `createUsage`. `every`: milliseconds between measurements. */
export interface UsageOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly every: number;
  readonly stats: () => Promise<readonly ContainerUsage[]>;
  readonly quality: () => { roundTrip: number; reconnects: number };
  readonly send: (message: UsageMessage) => void;
  /** Called with each measurement, for conditions of the Node. */
  readonly measured: (figures: Figures) => void;
}

/** The beat. `whole` makes the next message carry everything, for a hub that knows nothing yet. */
export interface Usage extends Part {
  whole(): void;
  /** Cores in use as measured last, of the node and of containers by id. */
  rates(): { readonly node: number | undefined; readonly containers: ReadonlyMap<string, number> };
}

/** Makes the beat; the first measurement comes after a moment, so that rates exist. */
export function createUsage(options: UsageOptions): Usage {
  const { clock } = options;
  const every = Math.max(1, Math.round(options.every / 1000));
  let counters: Counters | undefined;
  let told: UsageMessage | undefined;
  let cancel = (): void => {};
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  const cpuBefore = new Map<string, { cpu: number; at: number }>();
  let node: number | undefined;
  const rates = new Map<string, number>();

  async function measure(): Promise<void> {
    const now = await readCounters(clock.now());
    const figures = await readFigures(counters, now);
    counters = now;
    node = figures.cpu;
    const pods = podUsage(await options.stats(), { before: cpuBefore, rates, at: now.at });
    options.measured(figures);
    const whole: UsageMessage = { time: timestamp(clock.now()), ...figures, every, link: options.quality(), pods };
    const steps = inSteps(told, whole);
    const news = changedFigures(told, steps);
    told = steps;
    if (news !== undefined) options.send(news);
  }

  function later(milliseconds: number): void {
    cancel = clock.after(milliseconds, () => {
      running = measure()
        .catch((error: unknown) => options.log.warn({ error: String(error) }, 'could not measure this machine'))
        .finally(() => {
          if (!stopped) later(options.every);
        });
    });
  }

  return {
    name: 'usage',
    async start() {
      counters = await readCounters(clock.now());
      later(Math.min(1000, options.every));
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
    whole() {
      told = undefined;
    },
    rates: () => ({ node, containers: rates }),
  };
}

/** Cores in use since the measurement before; a container's first one has no rate yet and counts 0. */
function podUsage(
  stats: readonly ContainerUsage[],
  {
    before,
    rates,
    at,
  }: {
    readonly before: Map<string, { cpu: number; at: number }>;
    readonly rates: Map<string, number>;
    readonly at: number;
  },
): PodUsage[] {
  const pods = new Map<string, PodUsage>();
  const seen = new Set<string>();
  for (const { id, pod, name, cpu, memory } of stats) {
    const last = before.get(id);
    const rate = last === undefined || at <= last.at ? 0 : Math.max(0, cpu - last.cpu) / (at - last.at);
    before.set(id, { cpu, at });
    if (last !== undefined) rates.set(id, rate);
    seen.add(id);
    const usage = pods.get(pod.uid) ?? { ...pod, containers: [] };
    usage.containers.push({ name, cpu: rate, memory });
    pods.set(pod.uid, usage);
  }
  for (const id of before.keys()) {
    if (seen.has(id)) continue;
    before.delete(id);
    rates.delete(id);
  }
  return [...pods.values()].sort((a, b) => (a.uid < b.uid ? -1 : 1));
}
