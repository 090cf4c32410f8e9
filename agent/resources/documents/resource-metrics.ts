/** metrics/resource: processor and memory of node, Pods and containers, for autoscalers. API: kubelet resource metrics. Pure. */
import { Exposition } from '../../../hub/base/metrics.ts';
import type { RunningContainer, Snapshot } from './snapshot.ts';
import { byPod } from './summary.ts';

const sum = (containers: readonly RunningContainer[], of: 'cpu' | 'memory'): number =>
  containers.reduce((total, { usage }) => total + usage[of], 0);

/** The text. Samples carry the moment they were measured at. */
export function resourceMetrics(snapshot: Snapshot): string {
  const into = new Exposition();
  const { at, containers } = snapshot;
  const each = (of: (one: RunningContainer) => number | undefined): void => {
    for (const one of containers) {
      const value = of(one);
      const { name, pod } = one.usage;
      if (value !== undefined) into.sample(value, { container: name, namespace: pod.namespace, pod: pod.name }, at);
    }
  };
  const perPod = (of: 'cpu' | 'memory'): void => {
    for (const pod of byPod(containers)) {
      const { namespace = '', name = '' } = pod[0]?.usage.pod ?? {};
      into.sample(sum(pod, of), { namespace, pod: name }, at);
    }
  };
  into.family('node_cpu_usage_seconds_total', 'counter', 'Processor time of the node.');
  into.sample(snapshot.cpuSeconds, undefined, at);
  into.family('node_memory_working_set_bytes', 'gauge', 'Memory of the node that cannot be given back at once.');
  into.sample(snapshot.memory.used, undefined, at);
  into.family('container_cpu_usage_seconds_total', 'counter', 'Processor time of the container.');
  each(({ usage }) => usage.cpu);
  into.family('container_memory_working_set_bytes', 'gauge', 'Working set of the container.');
  each(({ usage }) => usage.memory);
  into.family('container_start_time_seconds', 'gauge', 'When the container started, Unix time.');
  each(({ seen }) => (seen?.startedAt === undefined ? undefined : seen.startedAt / 1000));
  into.family('pod_cpu_usage_seconds_total', 'counter', 'Processor time of the containers of the Pod that run.');
  perPod('cpu');
  into.family('pod_memory_working_set_bytes', 'gauge', 'Working set of the containers of the Pod that run.');
  perPod('memory');
  into.family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics.').sample(0);
  return into.toString();
}
