/** Settings an operator wrote: read from a file, checked key by key, defaults filled in. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** What is wrong with a value, as `must be …`; empty when it is good. */
export type SettingRule = (value: unknown) => string;

/** One of a few words. */
export const oneOf =
  (...allowed: string[]): SettingRule =>
  (value) =>
    allowed.includes(String(value)) ? '' : `must be one of ${allowed.join(', ')}`;

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The rule of a log level. */
export const isLogLevel: SettingRule = oneOf('debug', 'info', 'warn', 'error');

/** The rule of an IP address. */
export const isAddress: SettingRule = (value) =>
  typeof value === 'string' && isIP(value) !== 0 ? '' : 'must be an IP address';

/** The rule of a DNS domain. */
export const isDomain: SettingRule = (value) =>
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(String(value)) ? '' : 'must be a DNS domain';

/** The rule of a path: absolute, since a daemon has no working directory to speak of. */
export const isDirectoryPath: SettingRule = (value) =>
  typeof value === 'string' && isAbsolute(value) ? '' : 'must be an absolute path';

/** A rule that lets the empty string pass as well, where that means "found by itself". */
export const orEmpty =
  (rule: SettingRule): SettingRule =>
  (value) =>
    value === '' ? '' : rule(value);

/** `written` over `defaults`. Throws an Error that names the key and what it takes. */
export function checkSettings<T extends object>(
  written: Readonly<Record<string, unknown>>,
  defaults: T,
  rules: Readonly<Record<keyof T, SettingRule>>,
): T {
  for (const [key, value] of Object.entries(written)) {
    const rule = Object.hasOwn(rules, key) ? rules[key as keyof T] : undefined;
    if (rule === undefined) throw new Error(`unknown setting "${key}"; known are ${Object.keys(rules).join(', ')}`);
    const wrong = rule(value);
    if (wrong !== '') throw new Error(`setting "${key}" ${wrong}, not ${JSON.stringify(value)}`);
  }
  return { ...defaults, ...written };
}

/** What was written into a settings file, unchecked; empty when there is none. Throws an Error that names the file. */
export function readWritten(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`settings ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  let written: unknown;
  try {
    written = JSON.parse(text);
  } catch (error) {
    throw new Error(`settings ${file} are not valid JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new Error(`settings ${file} must be one JSON object`);
  return written as Record<string, unknown>;
}
