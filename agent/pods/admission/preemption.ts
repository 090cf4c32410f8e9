/** Whom a critical Pod drives away when the node has too little left for it. Pure. */
import type { Pod } from '../../../hub/api/pod.ts';
import type { PodFailure } from '../../state/checkpoints.ts';
import { podRequests } from './pod-resources.ts';
import { type AdmittingNode, lackOf } from './refusal.ts';

/** API: the lowest priority of the system's own Pods. */
const systemCritical = 2_000_000_000;

/** How such a Pod ends. */
export const preempted: PodFailure = {
  reason: 'Preempting',
  message: 'Preempted in order to admit critical pod',
  disruption: {
    reason: 'TerminationByKubelet',
    message: 'Pod was preempted by Kubelet to accommodate a critical pod.',
  },
};

/** API: Pods of the system's priorities, and those of the node's own manifests. */
function isCritical({ metadata, spec }: Pod): boolean {
  return (spec.priority ?? 0) >= systemCritical || metadata.annotations?.['kubernetes.io/config.source'] === 'file';
}

/** Those that go so that `pod` fits, the least important and largest first; undefined when that cannot be had. */
export function victims(pod: Pod, running: readonly Pod[], node: AdmittingNode): Pod[] | undefined {
  if (!isCritical(pod)) return undefined;
  const weight = (each: Pod): number => podRequests(each).memory;
  const lesser = running
    .filter((each) => !isCritical(each) && (each.spec.priority ?? 0) < Math.max(systemCritical, pod.spec.priority ?? 0))
    .sort((a, b) => (a.spec.priority ?? 0) - (b.spec.priority ?? 0) || weight(b) - weight(a));
  let left = [...running];
  const chosen: Pod[] = [];
  for (;;) {
    const lack = lackOf(pod, left, node);
    if (lack === undefined) return chosen;
    const next = lesser.find((each) => !chosen.includes(each) && frees(each, lack.name));
    if (next === undefined) return undefined;
    chosen.push(next);
    left = left.filter((each) => each !== next);
  }
}

function frees(pod: Pod, name: 'cpu' | 'memory' | 'pods'): boolean {
  return name === 'pods' || podRequests(pod)[name] > 0;
}
