/** What is wrong with an Ingress or an IngressClass. */
import { isIP } from 'node:net';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isPathSegment,
  isWildcardSubdomain,
} from '../../api/names.ts';
import type {
  HTTPIngressPath,
  Ingress,
  IngressBackend,
  IngressClass,
  IngressServiceBackend,
} from '../../api/networking.ts';
import { immutable, named, oneOf, portNameErrors, portNumber } from '../field-checks.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const badParts = ['//', '/./', '/../', '%2f', '%2F'];
const badEnds = ['/..', '/.'];

function validateBackend(backend: IngressBackend, path: string, errors: FieldError[]): void {
  const { service, resource } = backend;
  if (service !== undefined && resource !== undefined) {
    errors.push(invalid(path, '', 'cannot set both resource and service backends'));
  } else if (resource !== undefined) {
    if (!resource.kind) errors.push(required(`${path}.resource.kind`));
    if (!resource.name) errors.push(required(`${path}.resource.name`));
  } else if (service !== undefined) validateServiceBackend(service, path, errors);
  else errors.push(invalid(path, '', 'resource or service backend is required'));
}

function validateServiceBackend(service: IngressServiceBackend, path: string, errors: FieldError[]): void {
  if (!service.name) errors.push(required(`${path}.service.name`));
  else named(isDns1035Label, service.name, `${path}.service.name`, errors);
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
      if (!one.pathType) errors.push(required(`${path}.pathType`, 'pathType must be specified'));
      else oneOf(one.pathType, ['Exact', 'ImplementationSpecific', 'Prefix'], `${path}.pathType`, errors);
  }
  validateBackend(one.backend ?? {}, `${path}.backend`, errors);
}

function validateHost(host: string, path: string, errors: FieldError[]): void {
  if (host === '') return;
  if (isIP(host) !== 0) errors.push(invalid(path, host, 'must be a DNS name, not an IP address'));
  else named(host.includes('*') ? isWildcardSubdomain : isDns1123Subdomain, host, path, errors);
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

function validateController(controller: string, errors: FieldError[]): void {
  if (controller === '') errors.push(required('spec.controller'));
  else if (controller.length > 250) {
    errors.push({
      type: 'FieldValueTooLong',
      field: 'spec.controller',
      message: 'Too long: may not be more than 250 bytes',
    });
  } else if (!controller.includes('/') || controller.startsWith('/') || controller.endsWith('/')) {
    const why = 'must be a domain-prefixed path (such as "acme.io/foo")';
    errors.push(invalid('spec.controller', controller, why));
  } else named(isDns1123Subdomain, controller.slice(0, controller.indexOf('/')), 'spec.controller', errors);
}

/** What is wrong with a new IngressClass. */
export function validateIngressClass(one: IngressClass): FieldError[] {
  const errors: FieldError[] = [];
  validateController(one.spec?.controller ?? '', errors);
  const parameters = one.spec?.parameters;
  if (parameters === undefined) return errors;
  const path = 'spec.parameters';
  if (parameters.apiGroup) named(isDns1123Subdomain, parameters.apiGroup, `${path}.apiGroup`, errors);
  if (!parameters.kind) errors.push(required(`${path}.kind`, 'kind is required'));
  else named(isPathSegment, parameters.kind, `${path}.kind`, errors);
  if (!parameters.name) errors.push(required(`${path}.name`, 'name is required'));
  else named(isPathSegment, parameters.name, `${path}.name`, errors);
  const { scope, namespace } = parameters;
  if (scope === undefined) errors.push(required(`${path}.scope`));
  else oneOf(scope, ['Cluster', 'Namespace'], `${path}.scope`, errors);
  if (scope === 'Namespace' && !namespace) {
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  }
  if (scope === 'Cluster' && namespace) {
    errors.push({
      type: 'FieldValueForbidden',
      field: `${path}.namespace`,
      message: "Forbidden: `parameters.scope` is set to 'Cluster'",
    });
  }
  if (namespace) named(isDns1123Label, namespace, `${path}.namespace`, errors);
  return errors;
}

/** What is wrong with a changed IngressClass: its controller stays. */
export function validateIngressClassUpdate(one: IngressClass, old: IngressClass): FieldError[] {
  const errors: FieldError[] = [];
  immutable(one.spec?.controller, old.spec?.controller, 'spec.controller', errors);
  errors.push(...validateIngressClass(one));
  return errors;
}
