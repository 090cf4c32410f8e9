/** Thresholds out of settings: what must be left of each thing. Pure. */
import { quantityOrShare } from '../../hub/api/quantity.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Reading, Readings, Signal } from './signal.ts';

/** A threshold. `grace`: milliseconds it may be passed before Pods are ended; a hard one has none. */
export interface Threshold {
  readonly signal: Signal;
  /** A quantity, or a share of the whole as `10%`. */
  readonly value: string;
  readonly hard: boolean;
  readonly grace: number;
  /** How much more than `value` must be free again, in the same forms. */
  readonly reclaim: string;
}

/** The thresholds of settings, hard ones first. */
export function thresholdsOf(settings: CapacitySettings): Threshold[] {
  const of = (values: Readonly<Record<string, string>>, hard: boolean): Threshold[] =>
    Object.entries(values).map(([signal, value]) => ({
      signal: signal as Signal,
      value,
      hard,
      grace: hard ? 0 : (settings.evictionSoftGracePeriod[signal] ?? 0) * 1000,
      reclaim: settings.evictionMinimumReclaim[signal] ?? '0',
    }));
  return [...of(settings.evictionHard, true), ...of(settings.evictionSoft, false)];
}

/** True when less is left than must be. With `reclaim`, what was asked to be reclaimed counts too. */
export function isMet(threshold: Threshold, readings: Readings, reclaim = false): boolean {
  const reading = readings[threshold.signal];
  return reading !== undefined && reading.available < needed(threshold, reading, reclaim);
}

function needed({ value, reclaim }: Threshold, { capacity }: Reading, withReclaim: boolean): number {
  return quantityOrShare(value, capacity) + (withReclaim ? quantityOrShare(reclaim, capacity) : 0);
}

/** True when so little is left that the next look should come soon: less than twice what must be. */
export function isNear(thresholds: readonly Threshold[], readings: Readings): boolean {
  return thresholds.some((threshold) => {
    const reading = readings[threshold.signal];
    return reading !== undefined && reading.available < 2 * needed(threshold, reading, true);
  });
}
