/** How fast Pods find nodes: the decision alone, and decided, bound and committed through a registry in memory. */
import type { Pod } from '../../hub/api/pod.ts';
import { namespaces, nodes, pods } from '../../hub/api/resource.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { createEventRecorder } from '../../hub/registry/event-recorder.ts';
import { Cluster } from '../../hub/scheduler/cluster.ts';
import { PodClasses } from '../../hub/scheduler/pod-class.ts';
import { createScheduler } from '../../hub/scheduler/scheduler.ts';
import { select } from '../../hub/scheduler/select.ts';
import { openTestRegistry } from '../support/test-registry.ts';
import { aNode, aPod, chance } from '../support/workloads.ts';
import type { Benchmark, Measurement } from './measurement.ts';

const room = { allocatable: { cpu: '64', memory: '256Gi', pods: '1000' } };
const requests = { cpu: '10m', memory: '16Mi' };
const writer = { user: { name: 'bench', groups: ['system:masters'] }, manager: 'bench' };

/** Decisions a second, each entered in the accounts as a binding would be. */
function decisions(nodeCount: number, podCount: number): Measurement {
  const cluster = new Cluster();
  const classes = new PodClasses();
  for (let at = 0; at < nodeCount; at += 1) cluster.setNode(`n${at}`, aNode(`n${at}`, room));
  const random = chance(7);
  const waiting = Array.from({ length: podCount }, (_, at) => aPod(`p${at}`, { requests }));
  let start = 0;
  let placed = 0;
  const began = performance.now();
  for (const pod of waiting) {
    const podClass = classes.of(pod);
    const chosen = select({ cluster, rules: [], start, chance: random }, podClass);
    start = chosen.next;
    if (chosen.node === undefined) continue;
    const { uid = '', namespace = '', name = '', labels = {} } = pod.metadata;
    const asked = { load: podClass.load, priority: 0, affinity: undefined };
    cluster.place({ uid, namespace, name, labels, ...asked }, chosen.node.name);
    placed += 1;
  }
  const seconds = (performance.now() - began) / 1000;
  return { name: `decisions, ${nodeCount} nodes`, value: placed / seconds, unit: 'Pods/s', detail: { placed } };
}

/** Pods that wait already, from the scheduler's start until the last is bound. */
async function bindings(nodeCount: number, podCount: number): Promise<Measurement> {
  const ends: (() => void)[] = [];
  const registry = await openTestRegistry({ after: (end) => void ends.push(end as () => void) });
  const bench = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };
  await registry.create(namespaces, '', bench, writer);
  for (let at = 0; at < nodeCount; at += 1) await registry.create(nodes, '', aNode(`n${at}`, room), writer);
  const pod = (at: number): Pod => aPod(`p${at}`, { requests });
  await Promise.all(Array.from({ length: podCount }, (_, at) => registry.create(pods, 'default', pod(at), writer)));
  const clock = systemClock;
  const recorder = createEventRecorder({
    registry,
    clock,
    log: silentLog,
    component: 'default-scheduler',
    user: writer.user,
    manager: 'kube-scheduler',
  });
  const scheduler = createScheduler({ registry, clock, log: silentLog, recorder, chance: chance(7) });
  let bound = 0;
  const all = new Promise<void>((resolve) => {
    const stop = registry.subscribe(pods, (change) => {
      if (change.entry.node === undefined || change.previous?.node !== undefined) return;
      bound += 1;
      if (bound === podCount) resolve();
    });
    ends.unshift(stop);
  });
  const began = performance.now();
  await scheduler.start?.();
  await all;
  const seconds = (performance.now() - began) / 1000;
  await scheduler.stop?.();
  await recorder.flushed();
  for (const end of ends) end();
  return { name: `bound through the registry, ${nodeCount} nodes`, value: bound / seconds, unit: 'Pods/s' };
}

export const scheduler: Benchmark = {
  name: 'scheduler',
  about: 'decisions, and bindings through a registry over a store in memory',
  async run({ short }) {
    const share = short ? 0.1 : 1;
    return [
      decisions(100, 50_000 * share),
      decisions(5000, 20_000 * share),
      await bindings(100, 5000 * share),
      await bindings(5000, 5000 * share),
    ];
  },
};
