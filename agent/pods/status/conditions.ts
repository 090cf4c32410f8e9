/** The conditions a node writes on a Pod, with kubelet's reasons; those of other writers are kept. Pure. */
import type { ContainerStatus } from '../../../hub/api/container.ts';
import { timestamp } from '../../../hub/api/object.ts';
import { hasEnded } from '../../../hub/api/pod-phase.ts';
import type { Pod, PodCondition } from '../../../hub/api/pod.ts';
import type { Phase } from './phase.ts';

/** API: conditions of a resize in place; undefined: there is none. */
export interface ResizeConditions {
  readonly pending: { readonly reason: string; readonly message: string } | undefined;
  readonly underWay: { readonly reason?: string; readonly message?: string } | undefined;
}

/** What the conditions follow from. `before` are those of the status the hub or this node knew last. */
export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: Phase;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** The sandbox is there and has its addresses. */
  readonly sandbox: boolean;
  /** Why somebody else than the Pod itself is to blame for its end. */
  readonly disruption: { readonly reason: string; readonly message: string } | undefined;
  readonly resize: ResizeConditions;
  readonly before: readonly PodCondition[];
  readonly now: number;
}

interface Verdict {
  readonly type: string;
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

const own = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodResizePending',
  'PodResizeInProgress',
];

/** The Pod's conditions, the node's own first. A time changes only with its status. */
export function podConditions(input: ConditionInput): PodCondition[] {
  const generation = input.pod.metadata.generation;
  const mine = verdicts(input).map((verdict): PodCondition => {
    const status = verdict.status ? 'True' : 'False';
    const before = input.before.find((condition) => condition.type === verdict.type);
    const changed = before?.status !== status;
    return {
      lastTransitionTime: changed ? timestamp(input.now) : (before?.lastTransitionTime ?? timestamp(input.now)),
      ...(verdict.message === undefined ? {} : { message: verdict.message }),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
      status,
      type: verdict.type,
    };
  });
  const others = (input.pod.status?.conditions ?? []).filter(
    ({ type }) => !own.includes(type) && !(type === 'DisruptionTarget' && input.disruption !== undefined),
  );
  const scheduled: PodCondition = {
    lastTransitionTime: timestamp(input.now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    status: 'True',
    type: 'PodScheduled',
  };
  return [
    ...mine,
    ...(others.some((condition) => condition.type === 'PodScheduled') ? others : [...others, scheduled]),
  ];
}

function verdicts(input: ConditionInput): Verdict[] {
  const containers = containersReady(input);
  const { disruption, resize } = input;
  return [
    ...(disruption === undefined ? [] : [{ type: 'DisruptionTarget', status: true, ...disruption }]),
    {
      type: 'PodReadyToStartContainers',
      status: input.sandbox && !hasEnded(input.phase),
    },
    initialized(input),
    ready(input, containers),
    containers,
    ...(resize.pending === undefined ? [] : [{ type: 'PodResizePending', status: true, ...resize.pending }]),
    ...(resize.underWay === undefined ? [] : [{ type: 'PodResizeInProgress', status: true, ...resize.underWay }]),
  ];
}

function finished(phase: Phase): string | undefined {
  return phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined;
}

function initialized({ pod, phase, init, main }: ConditionInput): Verdict {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: true, reason: 'PodCompleted' };
  const begun = main.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
  const open = init.filter((status, index) =>
    pod.spec.initContainers?.[index]?.restartPolicy === 'Always' ? status.started !== true : !status.ready,
  );
  if (begun || open.length === 0) return { type, status: true };
  if (phase === 'Failed') return { type, status: false, reason: 'PodFailed' };
  const names = open.map((status) => status.name).join(' ');
  return {
    type,
    status: false,
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReady({ pod, phase, init, main }: ConditionInput): Verdict {
  const type = 'ContainersReady';
  const done = finished(phase);
  if (done !== undefined) return { type, status: false, reason: done };
  const sidecars = init.filter((_, index) => pod.spec.initContainers?.[index]?.restartPolicy === 'Always');
  const unready = [...sidecars, ...main].filter((status) => !status.ready).map((status) => status.name);
  if (unready.length === 0) return { type, status: true };
  return {
    type,
    status: false,
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

/** API: a Pod with readiness gates is ready only when each gate's condition, written by others, is True. */
function ready({ pod }: ConditionInput, containers: Verdict): Verdict {
  if (!containers.status) return { ...containers, type: 'Ready' };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (condition === undefined)
      messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== 'True')
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
  }
  if (messages.length === 0) return { type: 'Ready', status: true };
  return { type: 'Ready', status: false, reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
