/** ServiceCIDRs and IPAddresses: where addresses of Services come from, and which are taken. */
import { isIP } from 'node:net';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { IPAddress, ServiceCIDR } from '../../api/networking.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { immutable, isCidr } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

function validateCidr(one: ServiceCIDR): FieldError[] {
  const errors: FieldError[] = [];
  const cidrs = one.spec?.cidrs ?? [];
  if (cidrs.length === 0) errors.push(required('spec.cidrs', 'at least one CIDR required'));
  if (cidrs.length > 2) errors.push(invalid('spec.cidrs', one.spec, 'may only hold up to 2 values'));
  cidrs.forEach((cidr, index) => {
    if (!isCidr(cidr)) {
      const why = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
      errors.push(invalid(`spec.cidrs[${index}]`, cidr, why));
    }
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
  const parent = one.spec?.parentRef;
  if (!parent) errors.push(required('spec.parentRef'));
  else {
    if (!parent.resource) errors.push(required('spec.parentRef.resource'));
    if (!parent.name) errors.push(required('spec.parentRef.name'));
  }
  return errors;
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
  validateName: (name) => (isIP(name) === 0 ? ['must be a valid IP address'] : []),
  validateCreate: validateAddress,
  validateUpdate: validateAddressUpdate,
  columns: columnsOf('ipAddress'),
  cells: (one) => [nameCell(one), parentCell(one)],
});
