/** Checks of single fields that many kinds share: numbers, ports, names, percentages, quantities. */
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../api/field-error.ts';
import type { NameRule } from '../api/names.ts';
import { isDns1123Subdomain, patternText } from '../api/names.ts';
import { parseQuantity, quantityValue } from '../api/quantity.ts';

const nonNegativeText = 'must be greater than or equal to 0';
const portText = 'must be between 1 and 65535, inclusive';
/** The text of what never changes. */
export const immutableText = 'field is immutable';

/** A count or a number of seconds: absent or at least zero. */
export function nonNegative(value: number | undefined | null, path: string, errors: FieldError[]): void {
  if (value !== undefined && value !== null && value < 0) errors.push(invalid(path, value, nonNegativeText));
}

/** A port number. */
export function portNumber(value: number | undefined, path: string, errors: FieldError[]): void {
  if (value === undefined || value < 1 || value > 65_535) errors.push(invalid(path, value ?? 0, portText));
}

/** What is wrong with the name of a port. */
export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (name.length > 15) errors.push('must be no more than 15 bytes');
  if (!/^[-a-z0-9]+$/.test(name)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

/** A port by number or by name. */
export function portNumberOrName(value: number | string | undefined, path: string, errors: FieldError[]): void {
  if (typeof value !== 'string') portNumber(value, path, errors);
  else for (const problem of portNameErrors(value)) errors.push(invalid(path, value, problem));
}

/** A value by one of the naming rules. */
export function named(rule: NameRule, value: string, path: string, errors: FieldError[]): void {
  for (const problem of rule(value)) errors.push(invalid(path, value, problem));
}

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

/** A path that begins with a domain: `example.com/name`. */
export function domainPrefixedPath(value: string, path: string, errors: FieldError[]): void {
  const slash = value.indexOf('/');
  const host = value.slice(0, Math.max(slash, 0));
  const rest = value.slice(slash + 1);
  if (value === '') errors.push(required(path));
  else if (host === '' || rest === '') {
    errors.push(invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  } else {
    named(isDns1123Subdomain, host, path, errors);
    if (!new RegExp(`^${pathPattern}$`).test(rest)) {
      errors.push(invalid(path, rest, `Invalid path (regex used for validation is '${pathPattern}')`));
    }
  }
}

/** A value of a closed list. */
export function oneOf(value: string | undefined, allowed: readonly string[], path: string, errors: FieldError[]): void {
  if (!allowed.includes(value ?? '')) errors.push(notSupported(path, value ?? '', allowed));
}

/** A value that must be set and be of a closed list. */
export function requiredOneOf(
  value: string | undefined,
  allowed: readonly string[],
  path: string,
  errors: FieldError[],
): void {
  if (!value) errors.push(required(path));
  else oneOf(value, allowed, path, errors);
}

const percentPattern = /^[0-9]+%$/;
const percentText = patternText(
  "a valid percent string must be a numeric string followed by an ending '%'",
  '[0-9]+%',
  '1%',
  '93%',
);

/** A count, or a share in percent. */
export function countOrPercent(value: number | string | undefined, path: string, errors: FieldError[]): void {
  if (value === undefined) return;
  if (typeof value === 'number') nonNegative(value, path, errors);
  else if (!percentPattern.test(value)) errors.push(invalid(path, value, percentText));
}

/** A share in percent is at most all of it. */
export function atMostAll(value: number | string | undefined, path: string, errors: FieldError[]): void {
  if (typeof value !== 'string' || !percentPattern.test(value)) return;
  if (Number(value.slice(0, -1)) > 100) errors.push(invalid(path, value, 'must not be greater than 100%'));
}

/** True when a count, or a share, is nothing. */
export function isZero(value: number | string | undefined): boolean {
  return (
    value === undefined ||
    value === 0 ||
    value === '0%' ||
    (typeof value === 'string' && Number.parseInt(value, 10) === 0)
  );
}

/** A quantity that may not be below zero. */
export function quantityNonNegative(value: string | number | undefined, path: string, errors: FieldError[]): void {
  if (value !== undefined && (parseQuantity(value) ?? 0) < 0) {
    errors.push(invalid(path, String(value), nonNegativeText));
  }
}

/** An amount of storage in a status or a capacity. */
export function validateBasicAmount(amount: string, path: string, errors: FieldError[]): void {
  const value = quantityValue(amount);
  if (value < 0) errors.push(invalid(path, value, 'must be a valid resource quantity'));
}

/** True when both hold the same JSON, whatever the order of their fields; absent and empty are alike. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) && isNothing(b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isNothing(right[key])) return false;
  return true;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 0;
}

/** A field that never changes. */
export function immutable(value: unknown, old: unknown, path: string, errors: FieldError[]): void {
  if (!sameValue(value, old)) errors.push(invalid(path, value, immutableText));
}

/** A part that may not be touched, with its own words. */
export function frozen(value: unknown, old: unknown, path: string, why: string, errors: FieldError[]): void {
  if (!sameValue(value, old)) errors.push(forbiddenField(path, why));
}
