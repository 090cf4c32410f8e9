/** Usage: the last figures of each node and their last hour, in memory. */
import type { UsageMessage } from '../../api/link.ts';
import type { Clock } from '../../base/clock.ts';

/** The series that are kept for graphs. CPU in cores, memory and disk in bytes used, network in bytes a second. */
export const usageSeries = ['cpu', 'memory', 'disk', 'received', 'sent', 'temperature'] as const;

/** One of the kept series. */
export type UsageSeries = (typeof usageSeries)[number];

/** What is known of one node. */
export interface NodeUsage {
  /** Every figure as last told, also when it was told longer ago. */
  readonly last: UsageMessage;
  /** When something was last told, Unix milliseconds. */
  readonly at: number;
}

/** One hour in steps; NaN where nothing was told. `start` is Unix milliseconds of the first value. */
export interface UsageHistory {
  readonly start: number;
  readonly step: number;
  readonly values: Readonly<Record<UsageSeries, Float32Array>>;
}

/** Milliseconds a kept value stands for, and how many are kept: one hour. */
const step = 30_000;
const slots = 120;

interface Kept {
  last: UsageMessage;
  at: number;
  /** The slot number (Unix time / step) that was written last. */
  slot: number;
  /** The node is not heard: its figures are not known. */
  silent: boolean;
  /** The series one after the other, each a ring of `slots`. */
  readonly ring: Float32Array;
}

/** Takes usage and answers for metrics, the scheduler and graphs. About 3 KB a node. */
export class Usage {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Kept>();

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Takes a `usage` message: a figure that is not in it is as it was. */
  take(node: string, message: UsageMessage): void {
    const now = this.#clock.now();
    let kept = this.#nodes.get(node);
    if (kept === undefined) {
      const ring = new Float32Array(slots * usageSeries.length).fill(Number.NaN);
      kept = { last: message, at: now, slot: slotOf(now), silent: false, ring };
      this.#nodes.set(node, kept);
    }
    advance(kept, slotOf(now));
    kept.silent = false;
    kept.last = { ...kept.last, ...message };
    kept.at = now;
    const figures = figuresOf(kept.last);
    usageSeries.forEach((series, index) => {
      if (kept !== undefined) kept.ring[index * slots + (kept.slot % slots)] = figures[series] ?? Number.NaN;
    });
  }

  /** The last figures of a node. */
  of(node: string): NodeUsage | undefined {
    return this.#nodes.get(node);
  }

  /** The last figures of a node that is heard. */
  current(node: string): NodeUsage | undefined {
    const kept = this.#nodes.get(node);
    return kept?.silent === false ? kept : undefined;
  }

  /** Shares of processor and memory in use, 0 to 1, as last told; undefined where that is not known now. */
  load(node: string, cores: number): { cpu: number; memory: number } | undefined {
    const kept = this.#nodes.get(node);
    if (kept === undefined || kept.silent) return undefined;
    const { cpu, memory } = kept.last;
    if (cpu === undefined || memory === undefined) return undefined;
    return { cpu: Math.min(1, cpu / cores), memory: memory.used / memory.total };
  }

  /** The last hour of a node, oldest first. */
  history(node: string): UsageHistory | undefined {
    const kept = this.#nodes.get(node);
    if (kept === undefined) return undefined;
    advance(kept, slotOf(this.#clock.now()));
    const values = {} as Record<UsageSeries, Float32Array>;
    const oldest = (kept.slot + 1) % slots;
    usageSeries.forEach((series, index) => {
      const ring = kept.ring.subarray(index * slots, (index + 1) * slots);
      const ordered = new Float32Array(slots);
      ordered.set(ring.subarray(oldest));
      ordered.set(ring.subarray(0, oldest), slots - oldest);
      values[series] = ordered;
    });
    return { start: (kept.slot - slots + 1) * step, step, values };
  }

  /** The node is not heard any more: until it is, its graphs show nothing. */
  silence(node: string): void {
    const kept = this.#nodes.get(node);
    if (kept === undefined) return;
    advance(kept, slotOf(this.#clock.now()));
    kept.silent = true;
  }

  /** Forgets a node that was removed. */
  forget(node: string): void {
    this.#nodes.delete(node);
  }
}

const slotOf = (milliseconds: number): number => Math.floor(milliseconds / step);

/** Unchanged figures are not sent, so the slots in between hold what was last told, unless nobody was there to tell. */
function advance(kept: Kept, slot: number): void {
  const from = Math.max(kept.slot, slot - slots);
  for (let next = from + 1; next <= slot; next++) {
    for (let index = 0; index < usageSeries.length; index++) {
      const base = index * slots;
      const held = kept.silent ? undefined : kept.ring[base + (kept.slot % slots)];
      kept.ring[base + (next % slots)] = held ?? Number.NaN;
    }
  }
  kept.slot = Math.max(kept.slot, slot);
}

function figuresOf(usage: UsageMessage): Partial<Record<UsageSeries, number | undefined>> {
  const sum = (numbers: readonly number[] | undefined): number | undefined =>
    numbers?.reduce((total, one) => total + one, 0);
  return {
    cpu: usage.cpu,
    memory: usage.memory?.used,
    disk: sum(usage.disks?.map((disk) => disk.used)),
    received: sum(usage.networks?.map((network) => network.received)),
    sent: sum(usage.networks?.map((network) => network.sent)),
    temperature: usage.temperature,
  };
}
