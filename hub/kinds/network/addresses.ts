/** ServiceCIDRs and IPAddresses: where addresses of Services come from, and which are taken. */
import { isIPv4 } from 'node:net';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1123Subdomain, isPathSegment } from '../../api/names.ts';
import type { IPAddress, ServiceCIDR } from '../../api/networking.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { immutable, named } from '../field-checks.ts';
import { canonicalAddressProblem, canonicalCidrProblem, isCidr } from '../ip-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

/** API: two ranges are one of each family. */
function isDual(cidrs: readonly string[]): boolean {
  const [first = false, second = false] = cidrs.map((one) => isIPv4(one.split('/')[0] ?? ''));
  return cidrs.every(isCidr) && first !== second;
}

function validateCidr(one: ServiceCIDR): FieldError[] {
  const cidrs = one.spec?.cidrs ?? [];
  if (cidrs.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid('spec.cidrs', one.spec, 'may only hold up to 2 values')];
  if (cidrs.length === 2 && !isDual(cidrs)) {
    const why = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [invalid('spec.cidrs', one.spec, why)];
  }
  const errors: FieldError[] = [];
  cidrs.forEach((range, index) => {
    const problem = canonicalCidrProblem(range);
    if (problem !== undefined) errors.push(invalid(`spec.cidrs[${index}]`, range, problem));
  });
  return errors;
}

function validateCidrUpdate(one: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const errors: FieldError[] = [];
  immutable(one.spec?.cidrs, old.spec?.cidrs, 'spec.cidrs', errors);
  return errors;
}

/** The strategy of ServiceCIDRs. */
export const serviceCidrStrategy: Strategy = plainStrategy<ServiceCIDR>({
  hasStatus: true,
  newStatus: () => ({}),
  validateCreate: validateCidr,
  validateUpdate: validateCidrUpdate,
  columns: columnsOf('serviceCIDR'),
  cells: (one, now) => [nameCell(one), one.spec?.cidrs?.join(',') ?? '', ageCell(one, now)],
});

function validateAddress(one: IPAddress): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'spec.parentRef';
  const parent = one.spec?.parentRef;
  if (!parent) return [required(path)];
  if (parent.group) named(isDns1123Subdomain, parent.group, `${path}.group`, errors);
  for (const field of ['resource', 'name'] as const) {
    if (!parent[field]) errors.push(required(`${path}.${field}`));
    else named(isPathSegment, parent[field], `${path}.${field}`, errors);
  }
  if (parent.namespace) named(isPathSegment, parent.namespace, `${path}.namespace`, errors);
  return errors;
}

/** API: the name is an address as Go writes it. */
function nameProblems(name: string): string[] {
  const problem = canonicalAddressProblem(name);
  return problem === undefined ? [] : [problem];
}

function validateAddressUpdate(one: IPAddress, old: IPAddress): FieldError[] {
  const errors: FieldError[] = [];
  immutable(one.spec?.parentRef, old.spec?.parentRef, 'spec.parentRef', errors);
  return errors;
}

function parentCell(one: IPAddress): string {
  const parent = one.spec?.parentRef;
  if (!parent) return '';
  return [parent.group, parent.resource, parent.namespace, parent.name].filter(Boolean).join('/');
}

/** The strategy of IPAddresses: the name is the address. */
export const ipAddressStrategy: Strategy = plainStrategy<IPAddress>({
  validateName: nameProblems,
  validateCreate: validateAddress,
  validateUpdate: validateAddressUpdate,
  columns: columnsOf('ipAddress'),
  cells: (one) => [nameCell(one), parentCell(one)],
});
