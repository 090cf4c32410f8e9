/** Query parameters of writes, checked. API: meta/v1 CreateOptions, UpdateOptions, PatchOptions, DeleteOptions. */
import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidObject,
  notSupported,
  required,
  tooLong,
} from '../api/field-error.ts';
import type { WriteOptions } from '../registry/registry.ts';
import type { Call } from './call.ts';
import { booleanParameter } from './list/list-options.ts';

const validations = ['', 'Ignore', 'Strict', 'Warn'];
const managerLimit = 128;

/** Which options are being read, as they are named in refusals. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** The options of a create, update or patch. Throws Invalid. */
export function writeOptions(call: Call, kind: OptionsKind, apply = false): WriteOptions {
  const warn = (text: string): void => call.warn(text);
  const { audit } = call;
  const annotated = audit && { annotate: (key: string, value: string): void => audit.annotate(key, value) };
  if (call.search === '' && !apply) return { user: call.user, manager: agentName(call), warn, ...annotated };
  const { query } = call;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const errors = [...managerErrors(manager), ...dryRunErrors(dryRun)];
  if (!validations.includes(validation)) errors.push(notSupported('fieldValidation', validation, validations));
  if (kind === 'PatchOptions') errors.push(...patchErrors(call, apply, manager));
  if (errors.length > 0) throw invalidObject('meta.k8s.io', kind, '', errors);
  return {
    user: call.user,
    manager: manager === '' ? agentName(call) : manager,
    warn,
    ...annotated,
    dryRun: dryRun.length > 0,
    ...(validation === '' ? {} : { fieldValidation: validation as 'Ignore' | 'Strict' | 'Warn' }),
  };
}

function patchErrors(call: Call, apply: boolean, manager: string): FieldError[] {
  if (apply) return manager === '' ? [required('fieldManager', 'is required for apply patch')] : [];
  const force = booleanParameter(call, 'force');
  return force === undefined ? [] : [forbiddenField('force', 'may not be specified for non-apply patch')];
}

/** What is wrong with dryRun values. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return [];
  const { message } = notSupported('dryRun', '', ['All']);
  const printed = `[]string{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  return [{ type: 'FieldValueNotSupported', field: 'dryRun', message: message.replace('""', printed) }];
}

function managerErrors(manager: string): FieldError[] {
  if (Buffer.byteLength(manager) > managerLimit) return [tooLong('fieldManager', managerLimit)];
  const at = [...manager].findIndex((char) => !isPrintable(char));
  if (at < 0) return [];
  const code = [...manager][at]?.codePointAt(0) ?? 0;
  const detail = `invalid character U+${code.toString(16).toUpperCase().padStart(4, '0')} (at position ${at})`;
  const error = invalid('fieldManager', manager, detail);
  return [{ ...error, message: error.message.replaceAll(/\\u00([0-9a-f]{2})/g, '\\x$1') }];
}

function isPrintable(char: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char);
}

/** API: without fieldManager it is the part of User-Agent before the first slash. */
function agentName(call: Call): string {
  const agent = call.req.headers['user-agent'];
  if (agent === undefined || agent === '') return 'unknown';
  const slash = agent.indexOf('/');
  const name = slash < 0 ? agent : agent.slice(0, slash);
  if (name.length <= managerLimit && /^[\x20-\x7e]+$/.test(name)) return name;
  const kept = [...name].filter(isPrintable).join('').slice(0, managerLimit);
  return kept === '' ? 'unknown' : kept;
}
