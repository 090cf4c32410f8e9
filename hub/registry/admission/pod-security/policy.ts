/** Which level a namespace asks for, by its labels, and whether a Pod keeps to it. */
import { type FieldError, invalid } from '../../../api/field-error.ts';
import { baseline } from './baseline.ts';
import type { Check, Subject } from './check.ts';
import { restricted } from './restricted.ts';

/** Of the labels of namespaces, and of audit annotations. */
export const prefix = 'pod-security.kubernetes.io/';

/** What is done about a violation. */
export type Mode = 'enforce' | 'warn' | 'audit';

const levels: ReadonlyMap<string, readonly Check[]> = new Map([
  ['privileged', []],
  ['baseline', baseline],
  ['restricted', restricted],
]);

/** What is wrong with the labels of a namespace. */
export function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of ['enforce', 'audit', 'warn']) {
    const level = labels[prefix + mode];
    const version = labels[`${prefix}${mode}-version`];
    if (level !== undefined && !levels.has(level)) {
      const why = 'must be one of privileged, baseline, restricted';
      errors.push(invalid(`metadata.labels[${prefix}${mode}]`, level, why));
    }
    if (version !== undefined && version !== 'latest' && !/^v1\.(0|[1-9]\d*)$/.test(version)) {
      const why = 'must be "latest" or "v1.x"';
      errors.push(invalid(`metadata.labels[${prefix}${mode}-version]`, version, why));
    }
  }
  return errors;
}

/** The level a namespace asks for and its version: `baseline:latest`. */
export function policyText(labels: Readonly<Record<string, string>>, mode: Mode): string {
  const level = labels[prefix + mode] ?? 'privileged';
  return `${levels.has(level) ? level : 'restricted'}:${labels[`${prefix}${mode}-version`] ?? 'latest'}`;
}

/** What a Pod violates of the level of `mode`: `PodSecurity "baseline:v1.36": privileged (…)`. Empty when nothing. */
export function violations(labels: Readonly<Record<string, string>>, mode: Mode, subject: Subject): string {
  const level = labels[prefix + mode] ?? 'privileged';
  // API: a level nobody knows is as strict as can be.
  const checks = levels.get(level) ?? restricted;
  if (checks.length === 0) return '';
  const found = checks.map((check) => check(subject)).filter((one) => one !== undefined);
  if (found.length === 0) return '';
  const list = found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
  return `PodSecurity "${policyText(labels, mode)}": ${list}`;
}
