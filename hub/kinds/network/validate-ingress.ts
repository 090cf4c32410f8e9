/** What is wrong with an Ingress or an IngressClass. */
import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalid, required, tooLong } from '../../api/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, isPathSegment, isWildcardSubdomain } from '../../api/names.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressClassParametersReference,
  IngressServiceBackend,
} from '../../api/networking.ts';
import { domainPrefixedPath, immutable, named, oneOf, portNameErrors, portNumber } from '../field-checks.ts';
import { address, hostname } from '../ip-checks.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const badParts = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];
/** API: bytes of the name of a controller. */
const longestController = 250;

/** A reference to an object of any kind. */
function validateReference(
  { apiGroup, kind, name }: { apiGroup?: string | null; kind?: string; name?: string },
  path: string,
  errors: FieldError[],
): void {
  if (apiGroup !== undefined && apiGroup !== null) named(isDns1123Subdomain, apiGroup, `${path}.apiGroup`, errors);
  if (!kind) errors.push(required(`${path}.kind`));
  else named(isPathSegment, kind, `${path}.kind`, errors);
  if (!name) errors.push(required(`${path}.name`));
  else named(isPathSegment, name, `${path}.name`, errors);
}

function validateBackend(backend: IngressBackend, path: string, errors: FieldError[]): void {
  const { service, resource } = backend;
  if (service !== undefined && resource !== undefined) {
    errors.push(invalid(path, '', 'cannot set both resource and service backends'));
  } else if (resource !== undefined) validateReference(resource, `${path}.resource`, errors);
  else if (service !== undefined) validateServiceBackend(service, path, errors);
  else errors.push(invalid(path, '', 'resource or service backend is required'));
}

function validateServiceBackend(service: IngressServiceBackend, path: string, errors: FieldError[]): void {
  if (!service.name) errors.push(required(`${path}.service.name`));
  else named(isDns1123Label, service.name, `${path}.service.name`, errors);
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (name) {
    for (const problem of portNameErrors(name)) errors.push(invalid(`${path}.service.port.name`, name, problem));
  } else if (number) portNumber(number, `${path}.service.port.number`, errors);
  else errors.push(required(path, 'port name or number is required'));
}

function validatePathText(value: string, path: string, errors: FieldError[]): void {
  if (!value.startsWith('/')) errors.push(invalid(path, value, 'must be an absolute path'));
  for (const part of badParts)
    if (value.includes(part)) errors.push(invalid(path, value, `must not contain '${part}'`));
  for (const end of badEnds) if (value.endsWith(end)) errors.push(invalid(path, value, `cannot end with '${end}'`));
}

function validatePath(one: HTTPIngressPath, path: string, errors: FieldError[]): void {
  if (!one.pathType) {
    errors.push(required(`${path}.pathType`, 'pathType must be specified'));
    return;
  }
  const value = one.path ?? '';
  switch (one.pathType) {
    case 'Exact':
    case 'Prefix':
      validatePathText(value, `${path}.path`, errors);
      break;
    case 'ImplementationSpecific':
      if (value !== '' && !value.startsWith('/')) {
        errors.push(invalid(`${path}.path`, value, 'must be an absolute path'));
      }
      break;
    default:
      oneOf(one.pathType, ['Exact', 'ImplementationSpecific', 'Prefix'], `${path}.pathType`, errors);
  }
  validateBackend(one.backend ?? {}, `${path}.backend`, errors);
}

function validateHost(host: string, path: string, errors: FieldError[]): void {
  if (host === '') return;
  if (isIP(host) !== 0) errors.push(invalid(path, host, 'must be a DNS name, not an IP address'));
  named(host.includes('*') ? isWildcardSubdomain : isDns1123Subdomain, host, path, errors);
}

/** What is wrong with a new Ingress. API: those that have two classes keep them. */
export function validateNewIngress(ingress: Ingress): FieldError[] {
  const errors = validateIngress(ingress);
  const annotation = ingress.metadata.annotations?.[classAnnotation];
  const field = ingress.spec?.ingressClassName;
  if (annotation !== undefined && field !== undefined && annotation !== field) {
    const why = 'must match `ingressClassName` when both are specified';
    errors.push(invalid(`annotations.${classAnnotation}`, annotation, why));
  }
  return errors;
}

/** What is wrong with an Ingress. */
export function validateIngress(ingress: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  const spec = ingress.spec ?? {};
  if (!spec.rules?.length && spec.defaultBackend === undefined) {
    errors.push(invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend !== undefined) validateBackend(spec.defaultBackend, 'spec.defaultBackend', errors);
  spec.rules?.forEach((rule, index) => {
    const path = `spec.rules[${index}]`;
    validateHost(rule.host ?? '', `${path}.host`, errors);
    if (rule.http === undefined) return;
    if (!rule.http.paths?.length) errors.push(required(`${path}.http.paths`));
    rule.http.paths?.forEach((one, at) => {
      validatePath(one, `${path}.http.paths[${at}]`, errors);
    });
  });
  spec.tls?.forEach((tls, index) => {
    tls.hosts?.forEach((host, at) => {
      const path = `spec.tls[${index}].hosts[${at}]`;
      named(host.includes('*') ? isWildcardSubdomain : isDns1123Subdomain, host, path, errors);
    });
    if (tls.secretName) named(isDns1123Subdomain, tls.secretName, `spec.tls[${index}].secretName`, errors);
  });
  if (spec.ingressClassName !== undefined) {
    named(isDns1123Subdomain, spec.ingressClassName, 'spec.ingressClassName', errors);
  }
  return errors;
}

/** What is wrong with the status of an Ingress. */
export function validateIngressStatus(ingress: Ingress, old: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  const kept = new Set(old.status?.loadBalancer?.ingress?.flatMap(({ ip }) => ip ?? []));
  ingress.status?.loadBalancer?.ingress?.forEach((one, index) => {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (one.ip) address(one.ip, `${path}.ip`, errors, kept);
    if (one.hostname) hostname(one.hostname, `${path}.hostname`, errors);
  });
  return errors;
}

function validateParameters(parameters: IngressClassParametersReference, errors: FieldError[]): void {
  const path = 'spec.parameters';
  validateReference(parameters, path, errors);
  const { scope, namespace } = parameters;
  if (scope === undefined) {
    errors.push(required(`${path}.scope`));
    return;
  }
  oneOf(scope, ['Cluster', 'Namespace'], `${path}.scope`, errors);
  if (scope === 'Namespace' && namespace === undefined) {
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  } else if (scope === 'Namespace') named(isDns1123Label, namespace ?? '', `${path}.namespace`, errors);
  if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
}

/** What is wrong with a new IngressClass. */
export function validateIngressClass(one: IngressClass): FieldError[] {
  const errors: FieldError[] = [];
  const controller = one.spec?.controller ?? '';
  if (controller.length > longestController) errors.push(tooLong('spec.controller', longestController));
  domainPrefixedPath(controller, 'spec.controller', errors);
  if (one.spec?.parameters !== undefined) validateParameters(one.spec.parameters, errors);
  return errors;
}

/** What is wrong with a changed IngressClass: its controller stays. */
export function validateIngressClassUpdate(one: IngressClass, old: IngressClass): FieldError[] {
  const errors: FieldError[] = [];
  immutable(one.spec?.controller, old.spec?.controller, 'spec.controller', errors);
  errors.push(...validateIngressClass(one));
  return errors;
}
