/** metrics/cadvisor: containers and the machine under the names cAdvisor has for them. Pure. */
import { Exposition, type Labels } from '../../../hub/base/metrics.ts';
import type { RunningContainer, Snapshot } from './snapshot.ts';

const root: Labels = { id: '/' };

function labelsOf({ usage, seen }: RunningContainer): Labels {
  const { id, name, pod } = usage;
  return {
    container: name,
    id: `/kubepods/pod${pod.uid}/${id}`,
    image: seen?.image ?? '',
    name: id,
    namespace: pod.namespace,
    pod: pod.name,
  };
}

/** The text. Samples carry the moment they were measured at. */
export function containerMetrics(snapshot: Snapshot): string {
  const into = new Exposition();
  const { at, containers, memory, traffic, disk } = snapshot;
  const each = (of: (one: RunningContainer) => number | undefined, more: Labels = {}): void => {
    for (const one of containers) {
      const value = of(one);
      if (value !== undefined) into.sample(value, { ...labelsOf(one), ...more }, at);
    }
  };
  into.family('container_cpu_usage_seconds_total', 'counter', 'Processor time.');
  into.sample(snapshot.cpuSeconds, { ...root, cpu: 'total' }, at);
  each(({ usage }) => usage.cpu, { cpu: 'total' });
  for (const name of ['container_memory_usage_bytes', 'container_memory_working_set_bytes']) {
    into.family(name, 'gauge', 'Memory in use that cannot be given back at once.').sample(memory.used, root, at);
    each(({ usage }) => usage.memory);
  }
  into.family('container_fs_usage_bytes', 'gauge', 'Bytes of the writable layer.');
  if (disk !== undefined) into.sample(disk.size - disk.free, root, at);
  each(({ usage }) => usage.disk);
  into.family('container_fs_limit_bytes', 'gauge', 'Bytes of the file system.');
  if (disk !== undefined) into.sample(disk.size, root, at);
  into.family('container_network_receive_bytes_total', 'counter', 'Bytes received.');
  for (const [name, { received }] of traffic) into.sample(received, { ...root, interface: name }, at);
  into.family('container_network_transmit_bytes_total', 'counter', 'Bytes sent.');
  for (const [name, { sent }] of traffic) into.sample(sent, { ...root, interface: name }, at);
  into.family('container_start_time_seconds', 'gauge', 'When it started, Unix time.');
  into.sample(snapshot.bootedAt / 1000, root, at);
  each(({ seen }) => (seen?.startedAt === undefined ? undefined : seen.startedAt / 1000));
  into.family('container_last_seen', 'gauge', 'When it was last looked at, Unix time.');
  each(() => Math.floor(at / 1000));
  into.family('machine_cpu_cores', 'gauge', 'Processors of this machine.').sample(snapshot.cpus);
  into.family('machine_memory_bytes', 'gauge', 'Memory of this machine.').sample(memory.total);
  return into.toString();
}
