/** Decides which pressures a node is under and which thresholds are to be acted on. Pure. */
import { type Pressure, pressureOf, type Readings } from './signal.ts';
import { isMet, type Threshold } from './threshold.ts';

/** What is remembered from one look to the next. Times are Unix milliseconds. */
export interface PressureState {
  /** Thresholds that are passed, or not made good yet, since when. */
  readonly since: ReadonlyMap<Threshold, number>;
  /** When each pressure was last seen. */
  readonly seen: ReadonlyMap<Pressure, number>;
}

/** Nothing was seen yet. */
export const noPressure: PressureState = { since: new Map(), seen: new Map() };

/** What is to be shown and done. */
export interface Verdict {
  readonly state: PressureState;
  readonly pressures: ReadonlySet<Pressure>;
  /** Thresholds passed for longer than their grace, the one to act on first: memory, then hard before soft. */
  readonly due: readonly Threshold[];
}

/** The verdict. A pressure is shown for `transition` milliseconds more, so that it does not flap. */
export function verdict(input: {
  readonly before: PressureState;
  readonly thresholds: readonly Threshold[];
  readonly readings: Readings;
  readonly transition: number;
  readonly now: number;
}): Verdict {
  const { before, thresholds, readings, transition, now } = input;
  const since = new Map<Threshold, number>();
  const seen = new Map(before.seen);
  for (const threshold of thresholds) {
    const known = before.since.get(threshold);
    if (!isMet(threshold, readings, known !== undefined)) continue;
    since.set(threshold, known ?? now);
    seen.set(pressureOf[threshold.signal], now);
  }
  const pressures = new Set<Pressure>();
  for (const [pressure, at] of seen) {
    if (now - at < transition || at === now) pressures.add(pressure);
    else seen.delete(pressure);
  }
  const due = [...since].filter(([threshold, at]) => now - at >= threshold.grace).map(([threshold]) => threshold);
  return { state: { since, seen }, pressures, due: due.sort(byUrgency) };
}

const memoryFirst = ({ signal }: Threshold): number => (signal === 'memory.available' ? 0 : 1);

function byUrgency(a: Threshold, b: Threshold): number {
  return memoryFirst(a) - memoryFirst(b) || Number(b.hard) - Number(a.hard);
}
