/** What is wrong with a Secret: keys, sizes, and what each type must hold. */
import type { Secret } from '../../api/config.ts';
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../api/field-error.ts';
import { jsonFault } from '../json-syntax.ts';
import { configKeyErrors, sameMap, secretLimit } from './data-keys.ts';

const accountAnnotation = 'kubernetes.io/service-account.name';
const hidden = '<secret contents redacted>';

function text(secret: Secret, key: string): string {
  return Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
}

/** Why a text is no JSON object, as Go tells it; null is one without fields. */
function objectProblem(value: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return jsonFault(value) ?? 'invalid JSON';
  }
  if (typeof parsed === 'object' && !Array.isArray(parsed)) return undefined;
  const type = typeof parsed === 'boolean' ? 'bool' : Array.isArray(parsed) ? 'array' : typeof parsed;
  return `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
}

function dockerConfig(key: string): (secret: Secret, errors: FieldError[]) => void {
  return (secret, errors) => {
    if (secret.data?.[key] === undefined) errors.push(required(`data[${key}]`));
    else {
      const problem = objectProblem(text(secret, key));
      if (problem !== undefined) errors.push(invalid(`data[${key}]`, hidden, problem));
    }
  };
}

const byType: Readonly<Record<string, (secret: Secret, errors: FieldError[]) => void>> = {
  'kubernetes.io/service-account-token': (secret, errors) => {
    if (!secret.metadata.annotations?.[accountAnnotation]) {
      errors.push(required(`metadata.annotations[${accountAnnotation}]`));
    }
  },
  'kubernetes.io/dockercfg': dockerConfig('.dockercfg'),
  'kubernetes.io/dockerconfigjson': dockerConfig('.dockerconfigjson'),
  'kubernetes.io/basic-auth': (secret, errors) => {
    if (secret.data?.['username'] === undefined && secret.data?.['password'] === undefined) {
      errors.push(required('data[username]'), required('data[password]'));
    }
  },
  'kubernetes.io/ssh-auth': (secret, errors) => {
    if (!secret.data?.['ssh-privatekey']) errors.push(required('data[ssh-privatekey]'));
  },
  'kubernetes.io/tls': (secret, errors) => {
    for (const key of ['tls.crt', 'tls.key']) {
      if (secret.data?.[key] === undefined) errors.push(required(`data[${key}]`));
    }
  },
};

/** What is wrong with a new Secret. */
export function validateSecret(secret: Secret): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key in secret.data) {
    for (const problem of configKeyErrors(key)) errors.push(invalid(`data[${key}]`, key, problem));
    size += Buffer.byteLength(secret.data[key] ?? '', 'base64');
  }
  if (size > secretLimit) errors.push(tooLong('data', secretLimit));
  byType[secret.type ?? '']?.(secret, errors);
  return errors;
}

/** What is wrong with a changed Secret. API: its type never changes, and an immutable one changes nothing. */
export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const errors: FieldError[] = [];
  if (secret.type !== old.type) errors.push(invalid('type', secret.type ?? '', 'field is immutable'));
  if (old.immutable === true) {
    const why = 'field is immutable when `immutable` is set';
    if (secret.immutable !== true) errors.push(forbiddenField('immutable', why));
    if (!sameMap(secret.data, old.data)) errors.push(forbiddenField('data', why));
  }
  errors.push(...validateSecret(secret));
  return errors;
}
