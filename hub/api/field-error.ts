/** Validation errors of fields (apimachinery field.Error) and how a list of them becomes a 422 Status. */
import { ApiError, type StatusCause } from './errors.ts';

/** field.ErrorType: the reason of one cause. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** One field and what is wrong with it; `message` is the text behind the path, e.g. `Required value: name or generateName is required`. */
export interface FieldError {
  type: FieldErrorType;
  field: string;
  message: string;
}

/** Go's JSON writer escapes what would end a script element. */
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A value as Go's %v or %q prints it inside a field error. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'object') return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
  return String(value);
}

const behind = (head: string, detail: string): string => (detail === '' ? head : `${head}: ${detail}`);

/** A field that must be set. */
export const required = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  message: behind('Required value', detail),
});

/** A value that breaks a rule. */
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: behind(`Invalid value: ${shown(value)}`, detail),
});

/** A value that breaks a rule and says nothing by itself: Kubernetes leaves it out. */
export const valueless = (field: string, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
});

/** As `invalid`, for bytes: since v1.34 Kubernetes prints them as JSON does, those that are not set (null on the wire) too. */
export const invalidBytes = (field: string, base64: string | null | undefined, detail: string): FieldError =>
  invalid(field, base64 ? Buffer.from(base64, 'base64').toString('base64') : (base64 ?? null), detail);

/** A value outside a closed list. */
export const notSupported = (field: string, value: unknown, allowed: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${shown(value)}: supported values: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`,
});

/** The same value twice where it must be unique. */
export const duplicate = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${shown(value)}`,
});

/** A field that must not be set here. */
export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  message: behind('Forbidden', detail),
});

/** A reference that leads nowhere. */
export const notFoundField = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  message: `Not found: ${shown(value)}`,
});

/** A string or list beyond `limit` bytes. */
export const tooLong = (field: string, limit: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${limit} byte${limit === 1 ? '' : 's'}`,
});

/** A list or map with more than `limit` items. */
export const tooMany = (field: string, actual: number, limit: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${limit} item${limit === 1 ? '' : 's'}`,
});

/** 422 for a list of field errors, in Kubernetes' wording. `kind` is the Kind, not the plural; reviews say none. */
export function invalidObject(group: string, kind: string, name: string, errors: readonly FieldError[]): ApiError {
  // API: a text stands once in the message, however many causes say it.
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const causes: StatusCause[] = errors.map((error) => ({
    reason: error.type,
    message: error.message,
    field: error.field,
  }));
  const qualifiedKind = group === '' ? kind : `${kind}.${group}`;
  return new ApiError('Invalid', `${qualifiedKind} "${name}" is invalid: ${list}`, {
    details: {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      ...(kind === '' ? {} : { kind }),
      causes,
    },
  });
}
