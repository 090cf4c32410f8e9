/** Label selectors inside objects: what is wrong with them, and how columns print them. */
import { type FieldError, forbiddenField, invalid, required } from '../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../api/label.ts';
import type { LabelSelector } from '../api/object.ts';
import { validateLabels } from './metadata.ts';

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number];

function validateRequirement(one: Requirement, path: string, errors: FieldError[]): void {
  const values = one.values ?? [];
  const text: string = one.operator ?? '';
  if (text === 'In' || text === 'NotIn') {
    if (values.length === 0) {
      errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (text === 'Exists' || text === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
    }
  } else errors.push(invalid(`${path}.operator`, text, 'not a valid selector operator'));
  for (const problem of labelKeyErrors(one.key ?? '')) errors.push(invalid(`${path}.key`, one.key ?? '', problem));
  values.forEach((value, index) => {
    for (const problem of labelValueErrors(value)) errors.push(invalid(`${path}.values[${index}]`, value, problem));
  });
}

/** What is wrong with a selector at `path`; an absent one is fine. */
export function validateLabelSelector(
  selector: LabelSelector | undefined | null,
  path: string,
  errors: FieldError[],
): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  selector.matchExpressions?.forEach((one, index) => {
    validateRequirement(one, `${path}.matchExpressions[${index}]`, errors);
  });
}

/** True when the selector has no term at all: it then selects everything. */
export function isEmptySelector(selector: LabelSelector | undefined | null): boolean {
  if (!selector) return true;
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** True when `labels` satisfy every term. A selector with a broken operator matches nothing. */
export function selectorMatches(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const key in selector.matchLabels) if (labels[key] !== selector.matchLabels[key]) return false;
  return (selector.matchExpressions ?? []).every((one) => {
    const value = labels[one.key];
    if (one.operator === 'Exists') return value !== undefined;
    if (one.operator === 'DoesNotExist') return value === undefined;
    if (one.operator === 'In') return value !== undefined && (one.values ?? []).includes(value);
    return one.operator === 'NotIn' && (value === undefined || !(one.values ?? []).includes(value));
  });
}

function shown(one: Requirement): string {
  if (one.operator === 'Exists') return one.key;
  if (one.operator === 'DoesNotExist') return `!${one.key}`;
  return `${one.key} ${one.operator === 'In' ? 'in' : 'notin'} (${[...(one.values ?? [])].sort().join(',')})`;
}

/** A selector as columns print it: `app=web,tier in (a,b)`, or `<none>`. */
export function formatLabelSelector(selector: LabelSelector | undefined | null): string {
  const terms = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const one of selector?.matchExpressions ?? []) terms.push({ key: one.key, text: shown(one) });
  if (terms.length === 0) return '<none>';
  terms.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return terms.map((term) => term.text).join(',');
}

/** A map of labels as columns print it: `a=1,b=2`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}
