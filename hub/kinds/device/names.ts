/** Names in resource.k8s.io, and lists whose items are checked one by one. */
import { duplicate, type FieldError, invalid, required, tooLong, tooMany } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import { named } from '../field-checks.ts';
import { driverName } from '../storage/validate-csi.ts';

const poolLimit = 253;
const identifierLimit = 32;
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
const identifierText =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuidText =
  'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';

/** Checks one item of a list at its own path. */
export type ItemCheck<T> = (item: T, path: string, errors: FieldError[]) => void;

/** A list of at most `limit` items. API: a longer one is not looked into. */
export function validateItems<T>(
  items: readonly T[] | undefined,
  limit: number,
  check: ItemCheck<T>,
  path: string,
  errors: FieldError[],
): void {
  if ((items?.length ?? 0) > limit) errors.push(tooMany(path, items?.length ?? 0, limit));
  else for (const [index, item] of (items ?? []).entries()) check(item, `${path}[${index}]`, errors);
}

/** As `validateItems`, for items of which no two have the same key. */
export function validateSet<T>(
  items: readonly T[] | undefined,
  limit: number,
  check: ItemCheck<T>,
  key: (item: T) => unknown,
  path: string,
  errors: FieldError[],
): void {
  validateItems(items, limit, check, path, errors);
  if ((items?.length ?? 0) > limit) return;
  const seen = new Set<string>();
  items?.forEach((item, index) => {
    const value = key(item);
    const text = JSON.stringify(value);
    if (seen.has(text)) errors.push(duplicate(`${path}[${index}]`, value));
    seen.add(text);
  });
}

/** The name of a pool: subdomains with slashes between them. */
export function poolName(name: string, path: string, errors: FieldError[]): void {
  if (name === '') {
    errors.push(required(path));
    return;
  }
  if (name.length > poolLimit) errors.push(tooLong(path, poolLimit));
  for (const part of name.split('/')) named(isDns1123Subdomain, part, path, errors);
}

/** The name of a device, a request or a counter. */
export function shortName(name: string, path: string, errors: FieldError[]): void {
  named(isDns1123Label, name, path, errors);
}

function identifierName(name: string, path: string, errors: FieldError[]): void {
  if (name.length > identifierLimit) errors.push(tooLong(path, identifierLimit));
  if (!identifier.test(name)) errors.push(invalid(path, name, identifierText));
}

/** The name of an attribute or a capacity; without a domain it is the driver's own. */
export function qualifiedName(name: string, path: string, errors: FieldError[]): void {
  const [domain = '', id, ...more] = name.split('/');
  if (id === undefined) {
    identifierName(domain, path, errors);
    return;
  }
  if (more.length > 0) {
    errors.push(invalid(path, name, 'must not contain more than one slash'));
    return;
  }
  if (domain === '') errors.push(invalid(path, '', 'the domain must not be empty'));
  else driverName(domain, path, errors);
  if (id === '') errors.push(invalid(path, '', 'the name must not be empty'));
  else identifierName(id, path, errors);
}

/** The name of an attribute with its domain. */
export function fullName(name: string, path: string, errors: FieldError[]): void {
  qualifiedName(name, path, errors);
  if (!name.includes('/')) {
    errors.push(invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash'));
  }
}

/** The identity of a share of a device. */
export function shareId(id: string, path: string, errors: FieldError[]): void {
  if (!uuid.test(id)) errors.push(invalid(path, id, uuidText));
}
