/** What the hub asks of every Pod over and over, read once for each state of it: few and small facts, whatever the Pod's size. */
import { countedSpec } from './counted-spec.ts';
import { controllerOf, type OwnerReference } from './object.ts';
import { hasEnded } from './pod-phase.ts';
import type { Pod, PodSpec } from './pod.ts';

/** The digest of one Pod. Times are Unix milliseconds. */
export interface PodDigest {
  readonly controller: OwnerReference | undefined;
  /** The node's name; empty while it has none. */
  readonly node: string;
  readonly phase: string;
  /** True from the moment deletion was asked for. */
  readonly deleting: boolean;
  /** Neither finished nor being deleted. API: IsPodActive. */
  readonly active: boolean;
  readonly ready: boolean;
  readonly readySince: number;
  readonly created: number;
  readonly restarts: number;
  /** API: controller.kubernetes.io/pod-deletion-cost. */
  readonly deletionCost: number;
  /** API: spec.priority. */
  readonly priority: number;
  /** What it asks of a node, as a text that is the same for all Pods that ask alike. */
  readonly asks: string;
  readonly hasAffinity: boolean;
  /** It names claims, or makes them. */
  readonly hasClaims: boolean;
  readonly hasFinalizers: boolean;
}

/** Answers one instance for all values that are alike, so that Pods of one template share what is the same in them. */
export type Share = <T>(value: T) => T;

function asked(containers: PodSpec['containers'] | undefined): unknown {
  return containers?.map((one) => [one.resources?.requests, one.ports, one.restartPolicy]);
}

/** What counts of a Pod on its node, as a text: requests, host ports, overhead. */
export function asksOf(pod: Pod): string {
  const { containers, initContainers, overhead, resources } = countedSpec(pod);
  return JSON.stringify([asked(containers), asked(initContainers), overhead, resources?.requests]);
}

const claims = (spec: PodSpec): boolean =>
  spec.volumes?.some((one) => one.persistentVolumeClaim !== undefined || one.ephemeral !== undefined) === true;

/** Reads the digest. */
export function digestPod(pod: Pod, share: Share = (value) => value): PodDigest {
  const { metadata, spec, status } = pod;
  const condition = status?.conditions?.find((one) => one.type === 'Ready');
  const phase = status?.phase ?? 'Pending';
  const deleting = metadata.deletionTimestamp !== undefined;
  const cost = Number(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0');
  return {
    controller: share(controllerOf(pod)),
    node: share(spec.nodeName ?? ''),
    phase: share(phase),
    deleting,
    active: !deleting && !hasEnded(phase),
    ready: condition?.status === 'True',
    readySince: Date.parse(condition?.lastTransitionTime ?? '') || 0,
    created: Date.parse(metadata.creationTimestamp ?? '') || 0,
    restarts: (status?.containerStatuses ?? []).reduce((most, one) => Math.max(most, one.restartCount), 0),
    deletionCost: Number.isInteger(cost) ? cost : 0,
    priority: spec.priority ?? 0,
    asks: share(asksOf(pod)),
    hasAffinity: spec.affinity !== undefined,
    hasClaims: claims(spec),
    hasFinalizers: (metadata.finalizers ?? []).length > 0,
  };
}
