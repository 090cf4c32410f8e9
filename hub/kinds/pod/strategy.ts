/** The Pod. Its spec belongs to the user, nodeName to the scheduler, status to the agent of its node. */
import type { KubeObject } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod, PodStatus } from '../../api/pod.ts';
import { columnsOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { podCells, podSight } from './columns.ts';
import { defaultPod } from './defaults.ts';
import { ephemeralContainersPart } from './ephemeral-update.ts';
import { applyLabelKeys } from './label-keys.ts';
import { qosClass } from './qos.ts';
import { resizePart } from './resize.ts';
import { validatePodStatus } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';
import { validatePod } from './validate.ts';
import { podWarnings } from './warnings.ts';

const gated = {
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  lastTransitionTime: null,
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
};

function prepareCreate(pod: Pod): void {
  applyLabelKeys(pod);
  const status: PodStatus = { phase: 'Pending', qosClass: qosClass(pod.spec) };
  // API: a Pod with scheduling gates says so from its first moment.
  if (pod.spec.schedulingGates?.length) Object.assign(status, { conditions: [{ ...gated }] });
  pod.status = status;
}

/** A writer of status leaves spec, owners and the deletion alone, and cannot change what class the Pod is of. */
function prepareStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  const { ownerReferences, deletionTimestamp } = old.metadata;
  if (ownerReferences === undefined) delete pod.metadata.ownerReferences;
  else pod.metadata.ownerReferences = ownerReferences;
  if (deletionTimestamp === undefined) delete pod.metadata.deletionTimestamp;
  else pod.metadata.deletionTimestamp = deletionTimestamp;
  pod.status ??= {};
  alignAddresses(pod.status);
  keepObservedGenerations(pod.status, old.status ?? {});
  if (!pod.status.qosClass && old.status?.qosClass) pod.status.qosClass = old.status.qosClass;
}

/** API: podIP is the first of podIPs, and wins where they differ. */
function alignAddresses(status: PodStatus): void {
  const { podIP, podIPs } = status;
  if (podIP && podIP !== podIPs?.[0]?.ip) status.podIPs = [{ ip: podIP }];
  else if (podIPs?.[0] !== undefined) status.podIP = podIPs[0].ip;
}

/** API: what a writer does not say of generations stays; conditions of one type are told apart by their order. */
function keepObservedGenerations(status: PodStatus, old: PodStatus): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration;
  const before = [...(old.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const index = before.findIndex(({ type }) => type === condition.type);
    if (index < 0) continue;
    const [known] = before.splice(index, 1);
    if (!condition.observedGeneration && known?.observedGeneration) {
      condition.observedGeneration = known.observedGeneration;
    }
  }
}

/** API: a Pod that never got a node, or has ended, is gone at once; a negative grace is one second. */
function gracePeriod(pod: Pod): number {
  if (!pod.spec.nodeName) return 0;
  if (hasEnded(pod.status?.phase)) return 0;
  const seconds = pod.spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}

const selectable = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.podIPs',
  'status.nominatedNodeName',
] as const;

function selectableFields(pod: Pod): Record<string, string> {
  const { spec, status } = pod;
  return {
    'spec.nodeName': spec.nodeName ?? '',
    'spec.restartPolicy': spec.restartPolicy ?? '',
    'spec.schedulerName': spec.schedulerName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.podIPs': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  };
}

/** The strategy of Pods. */
export const podStrategy: Strategy = plainStrategy<Pod>({
  hasGeneration: true,
  hasStatus: true,
  setDefaults: defaultPod,
  prepareCreate,
  prepareStatusUpdate,
  validateCreate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatus,
  parts: new Map([
    ['ephemeralcontainers', ephemeralContainersPart],
    ['resize', resizePart],
  ]),
  gracePeriod,
  selectable,
  selectableFields,
  warnings: (pod: Pod & KubeObject, old) => (old === undefined ? podWarnings(pod) : []),
  columns: columnsOf('pod'),
  cells: podCells,
  cellSight: podSight,
});
