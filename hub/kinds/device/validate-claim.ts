/** What is wrong with what a claim of devices asks for. */
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from '../../api/device.ts';
import { type FieldError, invalid, notSupported, required } from '../../api/field-error.ts';
import { isDns1123Subdomain } from '../../api/names.ts';
import { named } from '../field-checks.ts';
import { fullName, shortName, validateItems, validateSet } from './names.ts';
import { validateConfiguration, validateSelectors } from './validate-selector.ts';
import { validateToleration } from './validate-taint.ts';

/** API: so many requests, constraints and configurations each. */
export const mostRequests = 32;
const mostAlternatives = 8;
const refText = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** Which requests a claim has, as `name` and `name/alternative`. */
export function requestNames(claim: DeviceClaim | undefined): Set<string> {
  const names = new Set<string>();
  for (const { name, firstAvailable } of claim?.requests ?? []) {
    names.add(name);
    for (const one of firstAvailable ?? []) names.add(`${name}/${one.name}`);
  }
  return names;
}

/** A reference to a request of the claim. */
export function validateRef(name: string, names: ReadonlySet<string>, path: string, errors: FieldError[]): void {
  const parts = name.split('/');
  if (parts.length <= 2) for (const part of parts) shortName(part, path, errors);
  if (parts.length > 2 || !names.has(name)) errors.push(invalid(path, name, refText));
}

/** References to requests of the claim, each once. */
export function validateRefs(
  refs: readonly string[] | undefined,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  validateSet(refs, mostRequests, (name, at) => validateRef(name, names, at, errors), String, path, errors);
}

function validateMode(
  { allocationMode = '', count = 0 }: ExactDeviceRequest,
  path: string,
  errors: FieldError[],
): void {
  if (allocationMode === 'All') {
    const why = "must not be specified when allocationMode is 'All'";
    if (count !== 0) errors.push(invalid(`${path}.count`, count, why));
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.push(invalid(`${path}.count`, count, 'must be greater than zero'));
  } else errors.push(notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount']));
}

function validateExact(request: ExactDeviceRequest, path: string, errors: FieldError[]): void {
  const { deviceClassName = '', selectors, tolerations } = request;
  if (deviceClassName === '') errors.push(required(`${path}.deviceClassName`));
  else named(isDns1123Subdomain, deviceClassName, `${path}.deviceClassName`, errors);
  validateSelectors(selectors, `${path}.selectors`, errors);
  validateMode(request, path, errors);
  tolerations?.forEach((one, index) => {
    validateToleration(one, `${path}.tolerations[${index}]`, errors);
  });
}

function validateAlternative(request: DeviceSubRequest, path: string, errors: FieldError[]): void {
  shortName(request.name ?? '', `${path}.name`, errors);
  validateExact(request, path, errors);
}

function validateRequest(request: DeviceRequest, path: string, errors: FieldError[]): void {
  const { name = '', exactly, firstAvailable = [] } = request;
  shortName(name, `${path}.name`, errors);
  const which = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly === undefined && firstAvailable.length === 0) errors.push(required(path, which));
  else if (exactly !== undefined && firstAvailable.length > 0) {
    errors.push(invalid(path, null, `${which}, but multiple fields are set`));
  } else if (exactly !== undefined) validateExact(exactly, `${path}.exactly`, errors);
  else {
    const at = `${path}.firstAvailable`;
    validateSet(firstAvailable, mostAlternatives, validateAlternative, (one) => one.name, at, errors);
  }
}

function validateConstraint(
  constraint: DeviceConstraint,
  names: ReadonlySet<string>,
  path: string,
  errors: FieldError[],
): void {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  validateRefs(requests, names, `${path}.requests`, errors);
  if (matchAttribute !== undefined) fullName(matchAttribute, `${path}.matchAttribute`, errors);
  else if (distinctAttribute !== undefined) fullName(distinctAttribute, `${path}.distinctAttribute`, errors);
  else {
    const why = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(required(path, why));
  }
}

/** The spec of a claim at `path`, in a claim or in a template of one. */
export function validateDeviceClaim(spec: ResourceClaimSpec, path: string, errors: FieldError[]): void {
  const claim = spec.devices ?? {};
  const names = requestNames(claim);
  const at = `${path}.devices`;
  validateSet(claim.requests, mostRequests, validateRequest, (one) => one.name, `${at}.requests`, errors);
  const constrain = (one: DeviceConstraint, field: string): void => validateConstraint(one, names, field, errors);
  validateItems(claim.constraints, mostRequests, constrain, `${at}.constraints`, errors);
  validateItems(
    claim.config,
    mostRequests,
    (one, field) => {
      validateRefs(one.requests, names, `${field}.requests`, errors);
      validateConfiguration(one, field, errors);
    },
    `${at}.config`,
    errors,
  );
}
