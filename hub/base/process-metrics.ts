/** What this process uses, under the names every Prometheus client library gives it. */
import { readdirSync } from 'node:fs';
import type { Exposition } from './metrics.ts';

/** Writes the figures of this process, as they are now. */
export function processMetrics(into: Exposition): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  into.family('process_cpu_seconds_total', 'counter', 'CPU time of this process.').sample((user + system) / 1e6);
  into.family('process_resident_memory_bytes', 'gauge', 'Memory of this process in RAM.').sample(rss);
  into
    .family('process_start_time_seconds', 'gauge', 'When this process started, Unix time.')
    .sample(Math.round(performance.timeOrigin) / 1000);
  const files = openFiles();
  if (files !== undefined) into.family('process_open_fds', 'gauge', 'Open files and sockets.').sample(files);
  into.family('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap in use.').sample(heapUsed);
  into.family('nodejs_heap_size_total_bytes', 'gauge', 'JavaScript heap, used and free.').sample(heapTotal);
  into.family('nodejs_external_memory_bytes', 'gauge', 'Memory of buffers and native objects.').sample(external);
}

function openFiles(): number | undefined {
  try {
    // one of them is the look itself
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}
