/** Work queues in numbers, under the names client-go gives them. */
import type { Exposition } from './metrics.ts';
import type { QueueFigures, WorkQueue } from './work-queue.ts';

const families: readonly [string, 'gauge' | 'counter', string, (figures: QueueFigures) => number][] = [
  ['workqueue_depth', 'gauge', 'Keys that wait for a worker.', ({ waiting }) => waiting],
  ['workqueue_adds_total', 'counter', 'Keys taken in.', ({ added }) => added],
  ['workqueue_retries_total', 'counter', 'Keys that failed and are tried again.', ({ retried }) => retried],
  ['workqueue_active_workers', 'gauge', 'Keys being handled.', ({ active }) => active],
];

/** Writes the figures of queues, one sample each. */
export function writeQueues(into: Exposition, queues: readonly WorkQueue[]): void {
  const all = queues.map(({ figures }) => figures);
  for (const [name, type, help, read] of families) {
    into.family(name, type, help);
    for (const figures of all) into.sample(read(figures), { name: figures.name });
  }
}
