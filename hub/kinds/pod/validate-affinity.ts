/** What is wrong with where a Pod wants to be: affinity and spreading. */
import { duplicate, type FieldError, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { Affinity, PodAffinity, PodAffinityTerm, TopologySpreadConstraint } from '../../api/scheduling.ts';
import { named, oneOf } from '../field-checks.ts';
import { validateLabelSelector } from '../label-selector.ts';
import { validateNodeSelector, validateNodeSelectorTerm } from '../node-selector.ts';

const mustHold = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function validateWeight(weight: number | undefined, path: string, errors: FieldError[]): void {
  const value = weight ?? 0;
  if (value < 1 || value > 100) errors.push(invalid(`${path}.weight`, value, 'must be in the range 1-100'));
}

function validateTopologyKey(key: string, path: string, errors: FieldError[]): void {
  if (key === '') errors.push(required(path, 'can not be empty'));
  named(labelKeyErrors, key, path, errors);
}

function validateTerm(term: PodAffinityTerm, path: string, errors: FieldError[]): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const name of term.namespaces ?? []) named(isDns1123Label, name, `${path}.namespace`, errors);
  validateTopologyKey(term.topologyKey ?? '', `${path}.topologyKey`, errors);
}

function validatePodAffinity(affinity: PodAffinity | undefined, path: string, errors: FieldError[]): void {
  affinity?.[mustHold]?.forEach((term, index) => {
    validateTerm(term, `${path}.${mustHold}[${index}]`, errors);
  });
  affinity?.[preferred]?.forEach((one, index) => {
    const at = `${path}.${preferred}[${index}]`;
    validateWeight(one.weight, at, errors);
    validateTerm(one.podAffinityTerm ?? { topologyKey: '' }, `${at}.podAffinityTerm`, errors);
  });
}

/** The affinity of a Pod at `path`. */
export function validateAffinity(affinity: Affinity | undefined, path: string, errors: FieldError[]): void {
  const node = affinity?.nodeAffinity;
  const selector = node?.[mustHold];
  if (selector !== undefined) validateNodeSelector(selector, `${path}.nodeAffinity.${mustHold}`, errors);
  node?.[preferred]?.forEach((one, index) => {
    const at = `${path}.nodeAffinity.${preferred}[${index}]`;
    validateWeight(one.weight, at, errors);
    validateNodeSelectorTerm(one.preference ?? {}, `${at}.preference`, errors);
  });
  validatePodAffinity(affinity?.podAffinity, `${path}.podAffinity`, errors);
  validatePodAffinity(affinity?.podAntiAffinity, `${path}.podAntiAffinity`, errors);
}

function validateMinDomains(one: TopologySpreadConstraint, path: string, errors: FieldError[]): void {
  const { minDomains, whenUnsatisfiable } = one;
  if (minDomains === undefined) return;
  if (minDomains <= 0) errors.push(invalid(path, minDomains, 'must be greater than zero'));
  if (whenUnsatisfiable !== 'DoNotSchedule') {
    const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    errors.push(invalid(path, minDomains, why));
  }
}

/** How Pods are spread, at `path`. */
export function validateSpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  constraints.forEach((one, index) => {
    const at = `${path}[${index}]`;
    if ((one.maxSkew ?? 0) <= 0) errors.push(invalid(`${at}.maxSkew`, one.maxSkew ?? 0, 'must be greater than zero'));
    if (!one.topologyKey) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    oneOf(one.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${at}.whenUnsatisfiable`, errors);
    const pair = `{${one.topologyKey}, ${one.whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    seen.add(pair);
    validateMinDomains(one, `${at}.minDomains`, errors);
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      if (one[field] !== undefined) oneOf(one[field], ['Honor', 'Ignore'], `${at}.${field}`, errors);
    }
    validateLabelSelector(one.labelSelector, `${at}.labelSelector`, errors);
  });
}
