/** What is wrong with Endpoints and EndpointSlices. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint, EndpointSlice } from '../../api/endpoint-slice.ts';
import { duplicate, type FieldError, invalid, required, tooMany } from '../../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../../api/label.ts';
import { isDns1123Label, isDns1123Subdomain, type NameRule } from '../../api/names.ts';
import type { EndpointAddress, EndpointPort, Endpoints } from '../../api/service.ts';
import { immutable, named, oneOf, portNumber } from '../field-checks.ts';
import { address, publicAddress } from '../ip-checks.ts';
import { validateLabels } from '../metadata.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];
const addressLimit = 100;
const portLimit = 100;
const endpointLimit = 1000;
const topologyLimit = 16;
const hintLimit = 8;

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
  if (port.appProtocol !== undefined) named(labelKeyErrors, port.appProtocol, `${path}.appProtocol`, errors);
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

/** A name of at least two labels; it may end with a dot. */
function validateFullName(value: string, path: string, errors: FieldError[]): void {
  const name = value.replace(/\.$/, '');
  const problems = isDns1123Subdomain(name);
  if (value === '') errors.push(required(path));
  else if (problems.length > 0) errors.push(invalid(path, name, problems.join(',')));
  else if (!name.includes('.')) {
    errors.push(invalid(path, name, 'should be a domain with at least two segments separated by dots'));
  } else {
    const label = name.split('.').find((one) => isDns1123Label(one).length > 0);
    if (label !== undefined) errors.push(invalid(path, label, isDns1123Label(label).join(',')));
  }
}

function validateSliceAddress(type: string, value: string, path: string, errors: FieldError[]): void {
  if (type === 'FQDN') validateFullName(value, path, errors);
  if (type === 'IPv4' && !isIPv4(value)) errors.push(invalid(path, value, 'must be a valid IPv4 address'));
  if (type === 'IPv6' && !isIPv6(value)) errors.push(invalid(path, value, 'must be a valid IPv6 address'));
  if (type === 'IPv4' || type === 'IPv6') publicAddress(value, path, errors);
}

/** Who is to be led to an endpoint: zones or nodes, by name. */
function validateHints(
  hints: readonly { readonly name: string }[] | undefined,
  rule: NameRule,
  path: string,
  errors: FieldError[],
): void {
  if ((hints?.length ?? 0) > hintLimit) {
    errors.push(tooMany(path, hints?.length ?? 0, hintLimit));
    return;
  }
  const names = new Set<string>();
  hints?.forEach(({ name }, index) => {
    const at = `${path}[${index}].name`;
    if (names.has(name)) errors.push(duplicate(at, name));
    names.add(name);
    named(rule, name, at, errors);
  });
}

function validateEndpoint(slice: EndpointSlice, endpoint: Endpoint, path: string, errors: FieldError[]): void {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  if (addresses.length > addressLimit) errors.push(tooMany(`${path}.addresses`, addresses.length, addressLimit));
  addresses.forEach((one, index) => {
    validateSliceAddress(slice.addressType, one, `${path}.addresses[${index}]`, errors);
  });
  if (endpoint.nodeName !== undefined) named(isDns1123Subdomain, endpoint.nodeName, `${path}.nodeName`, errors);
  const topology = Object.keys(endpoint.deprecatedTopology ?? {}).length;
  if (topology > topologyLimit) errors.push(tooMany(`${path}.deprecatedTopology`, topology, topologyLimit));
  validateLabels(endpoint.deprecatedTopology, `${path}.deprecatedTopology`, errors);
  if (endpoint.hostname !== undefined) named(isDns1123Label, endpoint.hostname, `${path}.hostname`, errors);
  validateHints(endpoint.hints?.forZones, labelValueErrors, `${path}.hints.forZones`, errors);
  validateHints(endpoint.hints?.forNodes, isDns1123Subdomain, `${path}.hints.forNodes`, errors);
}

/** What is wrong with an EndpointSlice. */
export function validateEndpointSlice(slice: EndpointSlice): FieldError[] {
  const errors: FieldError[] = [];
  if (!slice.addressType) errors.push(required('addressType'));
  else oneOf(slice.addressType, ['FQDN', 'IPv4', 'IPv6'], 'addressType', errors);
  const endpoints = slice.endpoints?.length ?? 0;
  if (endpoints > endpointLimit) errors.push(tooMany('endpoints', endpoints, endpointLimit));
  else {
    slice.endpoints?.forEach((endpoint, index) => {
      validateEndpoint(slice, endpoint, `endpoints[${index}]`, errors);
    });
  }
  validateSlicePorts(slice, errors);
  return errors;
}

function validateSlicePorts(slice: EndpointSlice, errors: FieldError[]): void {
  const ports = slice.ports?.length ?? 0;
  if (ports > portLimit) {
    errors.push(tooMany('ports', ports, portLimit));
    return;
  }
  const names = new Set<string>();
  slice.ports?.forEach((port, index) => {
    const path = `ports[${index}]`;
    const name = port.name ?? '';
    if (name !== '') named(isDns1123Label, name, `${path}.name`, errors);
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (!port.protocol) errors.push(required(`${path}.protocol`));
    else oneOf(port.protocol, protocols, `${path}.protocol`, errors);
    if (port.appProtocol !== undefined) named(labelKeyErrors, port.appProtocol, `${path}.appProtocol`, errors);
  });
}

/** What is wrong with a changed EndpointSlice. API: its kind of addresses stays. */
export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): FieldError[] {
  const errors = validateEndpointSlice(slice);
  immutable(slice.addressType, old.addressType, 'addressType', errors);
  return errors;
}
