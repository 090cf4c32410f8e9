/** What `kubectl get pods` prints: readiness, the one word that sums a Pod up, restarts. */
import type { Container, ContainerStatus } from '../../api/container.ts';
import { ageSince } from '../../api/duration.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod, PodStatus } from '../../api/pod.ts';
import type { TableCell } from '../../api/table.ts';
import type { Fields } from '../sight.ts';
import { ageCell, nameCell, none } from '../columns.ts';

interface Summary {
  ready: number;
  total: number;
  reason: string;
  restarts: number;
  lastRestart: string;
}

const finished = (status: ContainerStatus): string => status.lastState?.terminated?.finishedAt ?? '';
const later = (a: string, b: string): string => (b > a ? b : a);
const isSidecar = (container: Container | undefined): boolean => container?.restartPolicy === 'Always';

function conditionIs(status: PodStatus, type: string): boolean {
  return status.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

function exitReason(status: ContainerStatus): string {
  const ended = status.state?.terminated;
  if (ended?.reason) return ended.reason;
  return ended?.signal ? `Signal:${ended.signal}` : `ExitCode:${ended?.exitCode ?? 0}`;
}

/** Walks the init containers; answers true while one of them holds the Pod back. */
function initializing(pod: Pod, sum: Summary, sidecars: { restarts: number; lastRestart: string }): boolean {
  const specs = new Map((pod.spec.initContainers ?? []).map((container) => [container.name, container]));
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (const [index, status] of statuses.entries()) {
    const sidecar = isSidecar(specs.get(status.name));
    sum.restarts += status.restartCount;
    sum.lastRestart = later(sum.lastRestart, finished(status));
    if (sidecar) {
      sidecars.restarts += status.restartCount;
      sidecars.lastRestart = later(sidecars.lastRestart, finished(status));
    }
    if (status.state?.terminated?.exitCode === 0) continue;
    if (sidecar && status.started === true) {
      if (status.ready) sum.ready++;
      continue;
    }
    sum.reason = `Init:${initReason(status) ?? `${index}/${specs.size}`}`;
    return true;
  }
  return false;
}

/** Why an init container holds the Pod back, when it is not just running. */
function initReason(status: ContainerStatus): string | undefined {
  const { terminated, waiting } = status.state ?? {};
  if (terminated !== undefined) return exitReason(status);
  return waiting?.reason && waiting.reason !== 'PodInitializing' ? waiting.reason : undefined;
}

function mainContainers(pod: Pod, sum: Summary): void {
  let running = false;
  const status = pod.status ?? {};
  for (const one of [...(status.containerStatuses ?? [])].reverse()) {
    sum.restarts += one.restartCount;
    sum.lastRestart = later(sum.lastRestart, finished(one));
    const { waiting, terminated, running: runs } = one.state ?? {};
    if (waiting?.reason) sum.reason = waiting.reason;
    else if (terminated !== undefined) sum.reason = exitReason(one);
    else if (one.ready && runs !== undefined) {
      running = true;
      sum.ready++;
    }
  }
  if (sum.reason === 'Completed' && running) sum.reason = conditionIs(status, 'Ready') ? 'Running' : 'NotReady';
}

function summary(pod: Pod): Summary {
  const status = pod.status ?? {};
  const sum: Summary = {
    ready: 0,
    total: (pod.spec.containers ?? []).length + (pod.spec.initContainers ?? []).filter(isSidecar).length,
    reason: status.reason || status.phase || '',
    restarts: 0,
    lastRestart: '',
  };
  if (status.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')) {
    sum.reason = 'SchedulingGated';
  }
  const sidecars = { restarts: 0, lastRestart: '' };
  if (!initializing(pod, sum, sidecars) || conditionIs(status, 'Initialized')) {
    Object.assign(sum, sidecars);
    mainContainers(pod, sum);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') sum.reason = 'Unknown';
    else if (!hasEnded(status.phase)) sum.reason = 'Terminating';
  }
  return sum;
}

function gatesCell(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return none;
  const met = gates.filter((gate) => conditionIs(pod.status ?? {}, gate.conditionType)).length;
  return `${met}/${gates.length}`;
}

/** What a row looks at. */
export const podSight = {
  metadata: { name: 'all', creationTimestamp: 'all', deletionTimestamp: 'all' },
  spec: { containers: 'count', initContainers: 'all', readinessGates: 'all', nodeName: 'all' },
  status: {
    phase: 'all',
    reason: 'all',
    conditions: 'all',
    initContainerStatuses: 'all',
    containerStatuses: 'all',
    podIPs: 'all',
    nominatedNodeName: 'all',
  },
} satisfies Fields;

/** One row. Times are compared as text: RFC 3339 in UTC sorts by time. */
export function podCells(pod: Pod, now: number): TableCell[] {
  const sum = summary(pod);
  const restarts =
    sum.restarts !== 0 && sum.lastRestart !== ''
      ? `${sum.restarts} (${ageSince(sum.lastRestart, now)} ago)`
      : String(sum.restarts);
  return [
    nameCell(pod),
    `${sum.ready}/${sum.total}`,
    sum.reason,
    restarts,
    ageCell(pod, now),
    pod.status?.podIPs?.[0]?.ip || none,
    pod.spec.nodeName || none,
    pod.status?.nominatedNodeName || none,
    gatesCell(pod),
  ];
}
