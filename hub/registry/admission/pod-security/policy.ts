/** Which level a namespace asks for, by its labels, and whether a Pod keeps to it. */
import { type FieldError, invalid } from '../../../api/field-error.ts';
import { addedIn, baseline } from './baseline.ts';
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

/** What a namespace asks for in one mode. */
interface Policy {
  readonly level: string;
  readonly version: string;
}

/** API: a namespace that enforces a level and says nothing of warnings warns of the same. */
function policyOf(labels: Readonly<Record<string, string>>, mode: Mode): Policy {
  const inherits = mode === 'warn' && labels[`${prefix}warn`] === undefined && labels[`${prefix}enforce`] !== undefined;
  const told = inherits ? 'enforce' : mode;
  const version = labels[`${prefix}${mode}-version`] ?? labels[`${prefix}${told}-version`] ?? 'latest';
  return { level: labels[prefix + told] ?? 'privileged', version };
}

/** The level a namespace asks for and its version: `baseline:latest`. */
export function policyText(labels: Readonly<Record<string, string>>, mode: Mode): string {
  const { level, version } = policyOf(labels, mode);
  return `${levels.has(level) ? level : 'restricted'}:${version}`;
}

/** True when that version of the standards has the control. */
function isKnownTo(version: string, check: Check): boolean {
  const minor = /^v1\.(\d+)$/.exec(version)?.[1];
  return minor === undefined || Number(minor) >= (addedIn.get(check) ?? 0);
}

/** What a Pod violates of the level of `mode`: `PodSecurity "baseline:v1.36": privileged (…)`. Empty when nothing. */
export function violations(labels: Readonly<Record<string, string>>, mode: Mode, subject: Subject): string {
  const { level, version } = policyOf(labels, mode);
  // API: a level nobody knows is as strict as can be.
  const checks = levels.get(level) ?? restricted;
  if (checks.length === 0) return '';
  const found = checks
    .filter((check) => isKnownTo(version, check))
    .map((check) => check(subject))
    .filter((one) => one !== undefined);
  if (found.length === 0) return '';
  const list = found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
  return `PodSecurity "${policyText(labels, mode)}": ${list}`;
}
