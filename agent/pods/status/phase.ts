/** The phase of a Pod from its containers' statuses, by the kubelet's rules. Pure. */
import type { ContainerStatus } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { initRestarts, restarts } from '../plan/restart.ts';

/** API: PodPhase as a node may report it. */
export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface Count {
  waiting: number;
  running: number;
  failed: number;
  succeeded: number;
  again: number;
}

/** The phase; `init` and `main` are in the order of the spec. `over`: none of them will run any more, whatever its policy. */
export function podPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  over: boolean,
): Phase {
  const initial = initPhase(pod, init, main);
  if (initial !== undefined) return over ? 'Failed' : initial;
  const count: Count = { waiting: 0, running: 0, failed: 0, succeeded: 0, again: 0 };
  pod.spec.containers.forEach((container, index) => {
    const ended =
      main[index]?.state?.terminated ?? (main[index]?.state?.waiting ? main[index]?.lastState?.terminated : undefined);
    if (main[index]?.state?.running !== undefined) count.running += 1;
    else if (ended === undefined) count.waiting += 1;
    else if (!over && restarts(pod, container, ended.exitCode)) count.again += 1;
    else if (ended.exitCode === 0) count.succeeded += 1;
    else count.failed += 1;
  });
  if (count.waiting > 0) return over ? 'Failed' : 'Pending';
  if (count.running > 0 || count.again > 0) return 'Running';
  return count.failed > 0 ? 'Failed' : 'Succeeded';
}

/** What the init containers alone decide; undefined when they are through. */
function initPhase(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): Phase | undefined {
  const begun = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  for (const [index, container] of (pod.spec.initContainers ?? []).entries()) {
    const status = init[index];
    const ended = status?.state?.terminated ?? status?.lastState?.terminated;
    if (container.restartPolicy === 'Always') {
      if (!begun && status?.started !== true) return 'Pending';
      continue;
    }
    if (status?.state?.terminated?.exitCode === 0) continue;
    if (ended !== undefined && ended.exitCode !== 0 && !initRestarts(pod, container, ended.exitCode)) return 'Failed';
    if (!begun) return 'Pending';
  }
  return undefined;
}
