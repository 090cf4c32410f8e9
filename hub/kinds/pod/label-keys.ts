/** Labels of a new Pod that selectors of its own ask for by key: they become part of the selectors. */
import type { LabelSelector } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import type { PodAffinity, PodAffinityTerm } from '../../api/scheduling.ts';

const mustHold = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

type Labels = Readonly<Record<string, string>>;

function add(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}

function addToTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: PodAffinityTerm, labels: Labels): void {
  // API: without a selector nothing matches, whatever the keys
  if (labelSelector === undefined) return;
  add(labelSelector, matchLabelKeys, 'In', labels);
  add(labelSelector, mismatchLabelKeys, 'NotIn', labels);
}

function addToAffinity(affinity: PodAffinity | undefined, labels: Labels): void {
  for (const term of affinity?.[mustHold] ?? []) addToTerm(term, labels);
  for (const { podAffinityTerm } of affinity?.[preferred] ?? []) {
    if (podAffinityTerm !== undefined) addToTerm(podAffinityTerm, labels);
  }
}

/** Adds them in place. API: to the terms of affinity and to how Pods are spread. */
export function applyLabelKeys({ spec, metadata }: Pod): void {
  const { affinity, topologySpreadConstraints: spread } = spec;
  if (affinity === undefined && spread === undefined) return;
  const labels = metadata.labels ?? {};
  addToAffinity(affinity?.podAffinity, labels);
  addToAffinity(affinity?.podAntiAffinity, labels);
  for (const { labelSelector, matchLabelKeys } of spread ?? []) {
    if (labelSelector !== undefined) add(labelSelector, matchLabelKeys, 'In', labels);
  }
}
