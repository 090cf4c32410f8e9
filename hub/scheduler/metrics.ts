/** How the scheduler is doing, under the names kube-scheduler gives its figures. */
import { type Exposition, Histogram } from '../base/metrics.ts';
import type { AttemptResult, SchedulerPart } from './part.ts';

const results: readonly AttemptResult[] = ['scheduled', 'unschedulable', 'error'];
const profile = 'default-scheduler';
/** From 1 ms in doublings, as kube-scheduler has them. */
const bounds = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);

/** Counts tries; `observe` is handed to the scheduler. */
export class SchedulerMetrics {
  readonly #attempts = new Map(results.map((result) => [result, new Histogram(bounds)]));

  readonly observe = (result: AttemptResult, milliseconds: number): void => {
    this.#attempts.get(result)?.observe(milliseconds / 1000);
  };

  write(into: Exposition, pending: SchedulerPart['pending']): void {
    into.family('scheduler_schedule_attempts_total', 'counter', 'Tries to place a Pod, by how they ended.');
    for (const [result, { counts }] of this.#attempts) {
      into.sample(
        counts.reduce((sum, count) => sum + count, 0),
        { profile, result },
      );
    }
    into.family('scheduler_scheduling_attempt_duration_seconds', 'histogram', 'How long tries took, binding included.');
    for (const [result, histogram] of this.#attempts) into.histogram(histogram, { profile, result });
    into.family('scheduler_pending_pods', 'gauge', 'Pods without a node, by where they wait.');
    into.sample(pending.active, { queue: 'active' });
    into.sample(pending.unschedulable, { queue: 'unschedulable' });
  }
}
