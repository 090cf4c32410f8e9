/** Node selectors and node affinity. */
import type { PodSpec } from './pod.ts';
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from './scheduling.ts';

type Labels = Readonly<Record<string, string>>;

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const left = integer(value);
      const right = integer(values[0]);
      if (left === undefined || right === undefined) return false;
      return requirement.operator === 'Gt' ? left > right : left < right;
    }
    default:
      return false;
  }
}

/** API: a term without expressions and fields matches nothing; the only field there is is metadata.name. */
function matchesTerm(term: NodeSelectorTerm, name: string, labels: Labels): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  return (
    fields.every((one) => one.key === 'metadata.name' && holds(one, name)) &&
    expressions.every((one) => holds(one, labels[one.key]))
  );
}

/** True when any of the selector's terms matches. */
export function matchesNodeSelector(selector: NodeSelector, name: string, labels: Labels): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, name, labels));
}

/** True when nodeSelector and required node affinity allow this node. */
export function matchesNode(spec: PodSpec, name: string, labels: Labels): boolean {
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, name, labels);
}

/** The only nodes the Pod may land on when every term names them (as a DaemonSet's Pods do), else undefined. */
export function namedNodes(spec: PodSpec): readonly string[] | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    const named = term.matchFields?.find((one) => one.key === 'metadata.name' && one.operator === 'In');
    if (named === undefined) return undefined;
    for (const name of named.values ?? []) names.add(name);
  }
  return [...names];
}

/** The sum of the weights of all preferred terms that match. */
export function preference(spec: PodSpec, name: string, labels: Labels): number {
  let weight = 0;
  for (const one of spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (matchesTerm(one.preference, name, labels)) weight += one.weight;
  }
  return weight;
}
