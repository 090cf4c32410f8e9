/** A Pod that gates hold back may be told more narrowly where to go. */
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { PodSpec } from '../../api/pod.ts';
import type { Affinity, NodeSelectorTerm } from '../../api/scheduling.ts';
import { sameValue } from '../field-checks.ts';

type NodeAffinity = Affinity['nodeAffinity'];
type Requirements = readonly unknown[] | undefined;

const termsPath = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';

/** True when the list begins as it did. */
const continues = (now: Requirements, before: Requirements): boolean =>
  (now?.length ?? 0) >= (before?.length ?? 0) && sameValue(now?.slice(0, before?.length ?? 0), before);

function addsOnly(now: NodeSelectorTerm, before: NodeSelectorTerm): boolean {
  const count = (term: NodeSelectorTerm): number =>
    (term.matchExpressions?.length ?? 0) + (term.matchFields?.length ?? 0);
  // API: a term that selects nothing stays so
  if (count(before) === 0 && count(now) > 0) return false;
  return continues(now.matchExpressions, before.matchExpressions) && continues(now.matchFields, before.matchFields);
}

function validateNodeSelector(spec: PodSpec, old: PodSpec, errors: FieldError[]): void {
  const now = spec.nodeSelector ?? {};
  if (Object.entries(old.nodeSelector ?? {}).every(([key, value]) => now[key] === value)) return;
  const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
  errors.push(invalid('spec.nodeSelector', spec.nodeSelector, why));
}

function validateNodeAffinity(now: NodeAffinity, before: NodeAffinity, errors: FieldError[]): void {
  const old = before?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const terms = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (old.length > 0 && old.length !== terms.length) {
    const why = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    errors.push(invalid(termsPath, terms.length === 0 ? null : terms, why));
    return;
  }
  old.forEach((term, index) => {
    const next = terms[index] as NodeSelectorTerm;
    if (addsOnly(next, term)) return;
    errors.push(invalid(`${termsPath}[${index}]`, next, 'only additions are allowed (no mutations or deletions)'));
  });
}

/**
 * Compares where the Pod may go, and answers those parts of the spec as if they had not been touched.
 * API: node selectors grow, required terms of node affinity get more requirements, preferences are free.
 */
export function validateNarrowing(
  spec: PodSpec,
  old: PodSpec,
  errors: FieldError[],
): Pick<PodSpec, 'nodeSelector' | 'affinity'> {
  validateNodeSelector(spec, old, errors);
  const before = old.affinity?.nodeAffinity;
  validateNodeAffinity(spec.affinity?.nodeAffinity, before, errors);
  const { nodeAffinity: _now, ...others } = spec.affinity ?? {};
  const affinity: Affinity = before === undefined ? others : { ...others, nodeAffinity: before };
  const isNone = old.affinity === undefined && Object.keys(affinity).length === 0;
  return {
    ...(old.nodeSelector === undefined ? {} : { nodeSelector: old.nodeSelector }),
    ...(isNone ? {} : { affinity }),
  };
}
