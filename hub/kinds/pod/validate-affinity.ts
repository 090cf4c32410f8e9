/** What is wrong with where a Pod wants to be: affinity and spreading. */
import { duplicate, type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label } from '../../api/names.ts';
import type { LabelSelector } from '../../api/object.ts';
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

const unselected = 'must not be specified when labelSelector is not set';

const inBoth = 'exists in both matchLabelKeys and labelSelector';

/**
 * Keys that a selector had already, by their place in `keys`. API: a new Pod's were added to its expressions, so those
 * that were there before are there twice.
 */
function keysTwice(keys: readonly string[], selector: LabelSelector | undefined): [number, string][] {
  const found: [number, string][] = [];
  const selected = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = keys.lastIndexOf(key);
    if (index >= 0 && selected.has(key)) found.push([index, key]);
    selected.add(key);
  }
  return found;
}

/** API: labels of the incoming Pod that narrow a term; a key is in one place only. */
function validateKeys(term: PodAffinityTerm, path: string, errors: FieldError[]): void {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    const keys = term[field] ?? [];
    if (keys.length > 0 && labelSelector === undefined) errors.push(forbiddenField(`${path}.${field}`, unselected));
    else for (const [index, key] of keys.entries()) named(labelKeyErrors, key, `${path}.${field}[${index}]`, errors);
  }
  for (const [index, key] of keysTwice(matchLabelKeys, labelSelector)) {
    errors.push(invalid(`${path}[${index}]`, key, inBoth));
  }
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return;
    const why = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(`${path}.matchLabelKeys[${index}]`, key, why));
  });
}

function validateTerm(term: PodAffinityTerm, path: string, errors: FieldError[]): void {
  validateLabelSelector(term.labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const name of term.namespaces ?? []) named(isDns1123Label, name, `${path}.namespace`, errors);
  validateKeys(term, path, errors);
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

function validateSpreadKeys(one: TopologySpreadConstraint, path: string, errors: FieldError[]): void {
  const { matchLabelKeys: keys = [], labelSelector } = one;
  if (keys.length > 0 && labelSelector === undefined) errors.push(forbiddenField(path, unselected));
  for (const [index, key] of keys.entries()) named(labelKeyErrors, key, `${path}[${index}]`, errors);
  for (const [index, key] of keysTwice(keys, labelSelector)) errors.push(invalid(`${path}[${index}]`, key, inBoth));
}

/** How Pods are spread, at `path`. */
export function validateSpread(
  constraints: readonly TopologySpreadConstraint[],
  path: string,
  errors: FieldError[],
): void {
  const pairs = constraints.map(({ topologyKey, whenUnsatisfiable }) => `{${topologyKey}, ${whenUnsatisfiable}}`);
  constraints.forEach((one, index) => {
    const at = `${path}[${index}]`;
    if ((one.maxSkew ?? 0) <= 0) errors.push(invalid(`${at}.maxSkew`, one.maxSkew ?? 0, 'must be greater than zero'));
    if (!one.topologyKey) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    oneOf(one.whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway'], `${at}.whenUnsatisfiable`, errors);
    const pair = pairs[index] ?? '';
    // API: all but the last of those that are alike are told of
    if (pairs.includes(pair, index + 1)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair));
    validateMinDomains(one, `${at}.minDomains`, errors);
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      if (one[field] !== undefined) oneOf(one[field], ['Honor', 'Ignore'], `${at}.${field}`, errors);
    }
    validateSpreadKeys(one, `${at}.matchLabelKeys`, errors);
    validateLabelSelector(one.labelSelector, `${at}.labelSelector`, errors);
  });
}
