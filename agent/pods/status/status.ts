/** A Pod's status as a kubelet writes it, from a situation. Pure. */
import { timestamp } from '../../../hub/api/object.ts';
import type { ContainerStatus } from '../../../hub/api/container.ts';
import { hasEnded } from '../../../hub/api/pod-phase.ts';
import type { Pod, PodStatus } from '../../../hub/api/pod.ts';
import { casesOf } from '../plan/case.ts';
import { podConditions, type ResizeConditions } from './conditions.ts';
import { containerStatus } from './container-status.ts';
import { unknownState } from '../known-container.ts';
import { podPhase } from './phase.ts';
import { isResizing, judgeResize, resizeProblem } from '../admission/resize.ts';
import { type ContainerRole, isOver, type Situation } from '../situation.ts';

/** What is the node's own. */
export interface NodeIdentity {
  /** Addresses of the node, the main one first. */
  readonly addresses: readonly string[];
}

/** The status. `before` is the last one this agent reported; times of conditions go on from there, else from the hub's. */
export function podStatus(situation: Situation, node: NodeIdentity, before: PodStatus | undefined): PodStatus {
  const { pod, checkpoint, now } = situation;
  const cases = casesOf(situation);
  const statuses = (role: ContainerRole): ContainerStatus[] =>
    cases.filter((each) => each.role === role).map((each) => containerStatus(situation, each));
  const init = statuses('init');
  const ephemeral = statuses('ephemeral');
  const { failed } = checkpoint;
  const over = isOver(situation);
  const main = over && isInitialized(pod, init) ? statuses('main').map(ended) : statuses('main');
  const phase = failed !== undefined ? 'Failed' : podPhase(pod, init, main, over);
  const sandbox = situation.observed.sandboxes.find((each) => each.ready);
  const told = (before?.podIPs ?? pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []);
  // API: the addresses of a Pod that has ended can still be read
  const own = sandbox?.addresses ?? (hasEnded(phase) ? told : []);
  const addresses = pod.spec.hostNetwork === true ? node.addresses : own;
  const generation = pod.metadata.generation;
  const conditions = podConditions({
    pod,
    phase,
    init,
    main,
    sandbox: sandbox !== undefined,
    disruption: failed?.disruption,
    resize: resizeConditions(situation),
    before: before?.conditions ?? pod.status?.conditions ?? [],
    now,
  });
  return {
    conditions,
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    ...addressFields(node.addresses, addresses),
    ...(failed === undefined ? {} : { reason: failed.reason, message: failed.message }),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
    startTime: timestamp(checkpoint.startTime),
  };
}

/** API: what never ran, or cannot be found, is told as terminated once the Pod is over. */
function ended(status: ContainerStatus): ContainerStatus {
  if (status.state?.terminated !== undefined) return status;
  const terminated = unknownState('The container could not be located when the pod was terminated');
  return { ...status, state: { terminated } };
}

function isInitialized({ spec }: Pod, init: readonly ContainerStatus[]): boolean {
  return init.every(
    ({ state }, index) => spec.initContainers?.[index]?.restartPolicy === 'Always' || state?.terminated?.exitCode === 0,
  );
}

function resizeConditions(situation: Situation): ResizeConditions {
  const verdict = judgeResize(situation);
  const problem = situation.problems.get(resizeProblem);
  return {
    pending:
      verdict.kind === 'Deferred' || verdict.kind === 'Infeasible'
        ? { reason: verdict.kind, message: verdict.message }
        : undefined,
    underWay: isResizing(situation)
      ? problem === undefined
        ? {}
        : { reason: 'Error', message: problem.message }
      : undefined,
  };
}

function addressFields(host: readonly string[], pod: readonly string[]): PodStatus {
  const fields: PodStatus = {};
  if (host[0] !== undefined) Object.assign(fields, { hostIP: host[0], hostIPs: host.map((ip) => ({ ip })) });
  if (pod[0] !== undefined) Object.assign(fields, { podIP: pod[0], podIPs: pod.map((ip) => ({ ip })) });
  return fields;
}
