/** What is wrong with Endpoints and EndpointSlices. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint, EndpointSlice } from '../../api/endpoint-slice.ts';
import { duplicate, type FieldError, invalid, required, tooMany } from '../../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../../api/label.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { EndpointAddress, EndpointPort, Endpoints } from '../../api/service.ts';
import { address, immutable, named, oneOf, portNumber, publicAddress } from '../field-checks.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];
const addressLimit = 100;

function validateAddress(one: EndpointAddress, path: string, errors: FieldError[]): void {
  address(one.ip ?? '', `${path}.ip`, errors);
  if (one.hostname) named(isDns1123Label, one.hostname, `${path}.hostname`, errors);
  if (one.nodeName !== undefined) named(isDns1123Subdomain, one.nodeName, `${path}.nodeName`, errors);
  publicAddress(one.ip ?? '', `${path}.ip`, errors);
}

function validatePort(port: EndpointPort, path: string, many: boolean, errors: FieldError[]): void {
  if (!port.name) {
    if (many) errors.push(required(`${path}.name`));
  } else named(isDns1123Label, port.name, `${path}.name`, errors);
  portNumber(port.port, `${path}.port`, errors);
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else oneOf(port.protocol, protocols, `${path}.protocol`, errors);
  if (port.appProtocol) named(labelKeyErrors, port.appProtocol, `${path}.appProtocol`, errors);
}

/** What is wrong with Endpoints. */
export function validateEndpoints(endpoints: Endpoints): FieldError[] {
  const errors: FieldError[] = [];
  endpoints.subsets?.forEach((subset, index) => {
    const path = `subsets[${index}]`;
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) {
      errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
    }
    for (const field of ['addresses', 'notReadyAddresses'] as const) {
      subset[field]?.forEach((one, at) => {
        validateAddress(one, `${path}.${field}[${at}]`, errors);
      });
    }
    subset.ports?.forEach((port, at) => {
      validatePort(port, `${path}.ports[${at}]`, (subset.ports?.length ?? 0) > 1, errors);
    });
  });
  return errors;
}

function validateSliceAddress(type: string, value: string, path: string, errors: FieldError[]): void {
  if (type === 'FQDN') named(isDns1123Subdomain, value, path, errors);
  if (type === 'IPv4' && !isIPv4(value)) errors.push(invalid(path, value, 'must be a valid IPv4 address'));
  if (type === 'IPv6' && !isIPv6(value)) errors.push(invalid(path, value, 'must be a valid IPv6 address'));
  if (type === 'IPv4' || type === 'IPv6') publicAddress(value, path, errors);
}

function validateEndpoint(slice: EndpointSlice, endpoint: Endpoint, path: string, errors: FieldError[]): void {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  addresses.forEach((one, index) => {
    validateSliceAddress(slice.addressType, one, `${path}.addresses[${index}]`, errors);
  });
  if (endpoint.nodeName !== undefined) named(isDns1123Subdomain, endpoint.nodeName, `${path}.nodeName`, errors);
  for (const key in endpoint.deprecatedTopology) {
    for (const problem of labelKeyErrors(key)) errors.push(invalid(`${path}.deprecatedTopology`, key, problem));
  }
  if (endpoint.hostname !== undefined) named(isDns1123Label, endpoint.hostname, `${path}.hostname`, errors);
  endpoint.hints?.forZones?.forEach((zone, index) => {
    named(labelValueErrors, zone.name, `${path}.hints.forZones[${index}].name`, errors);
  });
}

/** What is wrong with an EndpointSlice. */
export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) errors.push(required('addressType'));
  else oneOf(slice.addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', errors);
  slice.endpoints?.forEach((endpoint, index) => {
    validateEndpoint(slice, endpoint, `endpoints[${index}]`, errors);
  });
  const ports = slice.ports?.length ?? 0;
  if (ports > addressLimit) errors.push(tooMany('ports', ports, addressLimit));
  const names = new Set<string>();
  slice.ports?.forEach((port, index) => {
    const path = `ports[${index}]`;
    const name = port.name ?? '';
    if (name !== '') named(isDns1123Label, name, `${path}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (!port.protocol) errors.push(required(`${path}.protocol`));
    else oneOf(port.protocol, protocols, `${path}.protocol`, errors);
    if (port.appProtocol) named(labelKeyErrors, port.appProtocol, `${path}.appProtocol`, errors);
  });
  return errors;
}

/** What is wrong with a changed EndpointSlice. API: its kind of addresses stays. */
export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateEndpointSlice(slice);
  immutable(slice.addressType, old.addressType, 'addressType', errors);
  return errors;
}
