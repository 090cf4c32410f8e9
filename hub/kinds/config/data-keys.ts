/** Keys of ConfigMaps and Secrets: they become file names, so they are checked as such. */
import { maxLengthText, patternText } from '../../api/names.ts';

/** API: all values of a ConfigMap or Secret together, in bytes. */
export const secretLimit = 1024 * 1024;

const keyLimit = 253;
const keyPattern = /^[-._a-zA-Z0-9]+$/;
const keyText = patternText(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  '[-._a-zA-Z0-9]+',
  'key.name',
  'KEY_NAME',
  'key-name',
);

/** What is wrong with a key; empty when it is fine. */
export function configKeyErrors(key: string): string[] {
  const errors: string[] = [];
  if (key.length > keyLimit) errors.push(maxLengthText(keyLimit));
  if (!keyPattern.test(key)) errors.push(keyText);
  if (key === '.') errors.push("must not be '.'");
  else if (key === '..') errors.push("must not be '..'");
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

type Texts = Readonly<Record<string, string>>;

/** True when both maps hold the same; an absent one is empty. */
export function sameMap(a: Texts | undefined, b: Texts | undefined): boolean {
  const left = a ?? {};
  const right = b ?? {};
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]);
}
