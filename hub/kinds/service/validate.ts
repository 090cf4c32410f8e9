/** What is wrong with a Service. */
import { isIP } from 'node:net';
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { Service, ServicePort, ServiceSpec } from '../../api/service.ts';
import { named, oneOf, portNumber, portNumberOrName, requiredOneOf } from '../field-checks.ts';
import { address, cidr, publicAddress } from '../ip-checks.ts';
import { validateLabels } from '../metadata.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const external = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';

/** True for a Service that traffic from outside the cluster may be sent to. */
export function isExternallyAccessible({ type, externalIPs }: ServiceSpec): boolean {
  return external(type) || (type === 'ClusterIP' && (externalIPs?.length ?? 0) > 0);
}

/** True for a Service whose nodes are asked whether they have Pods of it. */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: ServiceSpec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

const headless = 'None';
const daySeconds = 86_400;
/** API: a load balancer that opens too much must not open this one. */
const kubeletPort = 10_250;
const hintsAnnotation = 'service.kubernetes.io/topology-aware-hints';
const modeAnnotation = 'service.kubernetes.io/topology-mode';

/** API: the two annotations for topology must say the same. */
function validateTopology({ metadata }: Service, errors: FieldError[]): void {
  const mode = metadata.annotations?.[modeAnnotation];
  const hints = metadata.annotations?.[hintsAnnotation];
  if (mode === undefined || hints === undefined || mode === hints) return;
  const why = `must match annotations[${hintsAnnotation}] when both are specified`;
  errors.push(invalid(`metadata.annotations[${modeAnnotation}]`, mode, why));
}

function validatePort(port: ServicePort, path: string, spec: ServiceSpec, errors: FieldError[]): void {
  const many = (spec.ports?.length ?? 0) > 1;
  if (!port.name) {
    if (many) errors.push(required(`${path}.name`));
  } else named(isDns1123Label, port.name, `${path}.name`, errors);
  portNumber(port.port, `${path}.port`, errors);
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else oneOf(port.protocol, protocols, `${path}.protocol`, errors);
  portNumberOrName(port.targetPort, `${path}.targetPort`, errors);
  if (port.appProtocol) named(labelKeyErrors, port.appProtocol, `${path}.appProtocol`, errors);
}

function validatePorts(spec: ServiceSpec, errors: FieldError[]): void {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    validatePort(port, path, spec, errors);
    if (port.name) {
      if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
      names.add(port.name);
    }
  });
}

/** The same port twice, and node ports where the type has none. */
function validatePortsTogether(spec: ServiceSpec, errors: FieldError[]): void {
  const ports = spec.ports ?? [];
  if (spec.type === 'ClusterIP') {
    const why = "may not be used when `type` is 'ClusterIP'";
    ports.forEach((port, index) => {
      if (port.nodePort) errors.push(forbiddenField(`spec.ports[${index}].nodePort`, why));
    });
  }
  const nodePorts = new Set<string>();
  const both = new Set<string>();
  ports.forEach((port, index) => {
    const { protocol, nodePort } = port;
    if (nodePort) {
      if (nodePorts.has(`${protocol}/${nodePort}`)) errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
      nodePorts.add(`${protocol}/${nodePort}`);
    }
  });
  ports.forEach((port, index) => {
    const { protocol, port: number } = port;
    if (both.has(`${protocol}/${number}`)) errors.push(duplicate(`spec.ports[${index}]`, { protocol, port: number }));
    both.add(`${protocol}/${number}`);
  });
}

function validateAffinity(spec: ServiceSpec, errors: FieldError[]): void {
  requiredOneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity', errors);
  const path = 'spec.sessionAffinityConfig';
  if (spec.sessionAffinity === 'ClientIP') {
    const config = spec.sessionAffinityConfig;
    const seconds = config?.clientIP?.timeoutSeconds;
    if (seconds === undefined) {
      const missing =
        config === undefined ? '' : config.clientIP === undefined ? '.clientIP' : '.clientIP.timeoutSeconds';
      errors.push(required(`${path}${missing}`, 'when session affinity type is ClientIP'));
    } else if (seconds <= 0 || seconds > daySeconds) {
      const why = `must be greater than 0 and less than ${daySeconds}`;
      errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, why));
    }
  } else if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig !== undefined) {
    errors.push(forbiddenField(path, 'must not be set when session affinity is None'));
  }
}

function validateClusterIps(spec: ServiceSpec, errors: FieldError[], old?: ServiceSpec): void {
  const ips = spec.clusterIPs ?? [];
  if (!spec.clusterIP && ips.length > 0) {
    errors.push(invalid('spec.clusterIPs', ips, 'must be empty when `clusterIP` is not specified'));
  }
  if (spec.type === 'ExternalName') return;
  if (ips.length > 2) {
    errors.push(invalid('spec.clusterIPs', ips, 'may only hold up to 2 values'));
  }
  if (ips[0] === headless) {
    if (ips.length > 1) errors.push(invalid('spec.clusterIPs[1]', headless, "'None' must be the first and only value"));
    return;
  }
  validateIpFamilies(spec, errors, new Set(old?.clusterIPs));
}

/** Addresses, each of the family at its place, and of two families when there are two. */
function validateIpFamilies(spec: ServiceSpec, errors: FieldError[], kept: ReadonlySet<string>): void {
  const { clusterIPs: ips = [], ipFamilies: families = [] } = spec;
  for (const [index, ip] of ips.entries()) {
    const path = `spec.clusterIPs[${index}]`;
    const before = errors.length;
    address(ip, path, errors, kept);
    if (errors.length > before) continue;
    if (families[index] === 'IPv6' && isIP(ip) === 4) {
      errors.push(invalid(path, ip, `expected an IPv6 value as indicated by \`ipFamilies[${index}]\``));
    } else if (families[index] === 'IPv4' && isIP(ip) === 6) {
      errors.push(invalid(path, ip, `expected an IPv4 value as indicated by \`ipFamilies[${index}]\``));
    }
  }
  const [first, second] = ips;
  if (first !== undefined && second !== undefined && isIP(first) !== 0 && isIP(first) === isIP(second)) {
    errors.push(invalid('spec.clusterIPs', ips, 'may specify no more than one IP for each IP family'));
  }
}

function validateFamilies(spec: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === 'ExternalName') return;
  if (spec.ipFamilyPolicy) {
    oneOf(spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack'], 'spec.ipFamilyPolicy', errors);
  }
  const families = spec.ipFamilies ?? [];
  for (const [index, family] of families.entries()) {
    if (family !== 'IPv4' && family !== 'IPv6') {
      errors.push(notSupported(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']));
    } else if (families.indexOf(family) !== index) errors.push(duplicate(`spec.ipFamilies[${index}]`, family));
  }
}

const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** API: the sources of a load balancer are told by a field, or else by an annotation. */
function validateSourceRanges({ metadata, spec }: Service, errors: FieldError[], old?: ServiceSpec): void {
  const annotation = metadata.annotations?.[rangesAnnotation];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length === 0 && annotation === undefined) return;
  const isField = ranges.length > 0;
  const path = isField ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${rangesAnnotation}]`;
  if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(path, "may only be used when `type` is 'LoadBalancer'"));
  const listed = isField ? ranges : (annotation ?? '').trim() === '' ? [] : (annotation ?? '').split(',');
  const kept = new Set(old?.loadBalancerSourceRanges?.map((range) => range.trim()));
  for (const [index, range] of listed.entries()) {
    cidr(range.trim(), isField ? `${path}[${index}]` : path, errors, kept);
  }
}

function validateLoadBalancer(service: Service, errors: FieldError[], old?: ServiceSpec): void {
  const { spec } = service;
  const why = "may only be used when `type` is 'LoadBalancer'";
  const balanced = spec.type === 'LoadBalancer';
  validateSourceRanges(service, errors, old);
  if (!balanced && spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', why));
  }
  if (balanced && spec.allocateLoadBalancerNodePorts === undefined) {
    errors.push(required('allocateLoadBalancerNodePorts'));
  }
  if (spec.loadBalancerClass !== undefined && !balanced) errors.push(forbiddenField('spec.loadBalancerClass', why));
  else if (spec.loadBalancerClass !== undefined) {
    named(labelKeyErrors, spec.loadBalancerClass, 'spec.loadBalancerClass', errors);
  }
}

function validateTraffic(spec: ServiceSpec, errors: FieldError[]): void {
  const takes = isExternallyAccessible(spec);
  const path = 'spec.externalTrafficPolicy';
  if (!takes && spec.externalTrafficPolicy) {
    errors.push(invalid(path, spec.externalTrafficPolicy, 'may only be set for externally-accessible services'));
  } else if (takes) {
    if (!spec.externalTrafficPolicy) errors.push(required(path));
    else oneOf(spec.externalTrafficPolicy, ['Cluster', 'Local'], path, errors);
  }
  if (!needsHealthCheck(spec) && spec.healthCheckNodePort) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, why));
  }
  if (spec.internalTrafficPolicy) {
    oneOf(spec.internalTrafficPolicy, ['Cluster', 'Local'], 'spec.internalTrafficPolicy', errors);
  } else if (spec.type !== 'ExternalName') errors.push(required('spec.internalTrafficPolicy'));
  if (spec.trafficDistribution !== undefined) {
    const allowed = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
    oneOf(spec.trafficDistribution, allowed, 'spec.trafficDistribution', errors);
  }
}

/** What the type of a Service demands by itself. */
function validateType(spec: ServiceSpec, errors: FieldError[]): void {
  if (spec.type === 'LoadBalancer') {
    const why = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
    spec.ports?.forEach(({ port }, index) => {
      if (port === kubeletPort) errors.push(invalid(`spec.ports[${index}]`, port, why));
    });
  }
  if (external(spec.type) && spec.clusterIP === headless) {
    errors.push(invalid('spec.clusterIPs[0]', headless, `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type !== 'ExternalName') return;
  const why = 'may not be set for ExternalName services';
  if (spec.clusterIPs?.length) errors.push(forbiddenField('spec.clusterIPs', why));
  if (spec.ipFamilies?.length) errors.push(forbiddenField('spec.ipFamilies', why));
  if (spec.ipFamilyPolicy) errors.push(forbiddenField('spec.ipFamilyPolicy', why));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else named(isDns1123Subdomain, name, 'spec.externalName', errors);
}

/** What is wrong with a Service, before anything is allotted to it. Addresses of the `old` one may stay as they are. */
export function validateService(service: Service, old?: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { spec } = service;
  validateTopology(service, errors);
  if (!spec.ports?.length && spec.clusterIP !== headless && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'));
  }
  validateType(spec, errors);
  validatePorts(spec, errors);
  if (spec.selector) validateLabels(spec.selector, 'spec.selector', errors);
  validateAffinity(spec, errors);
  validateClusterIps(spec, errors, old);
  validateFamilies(spec, errors);
  spec.externalIPs?.forEach((ip, index) => {
    const path = `spec.externalIPs[${index}]`;
    const before = errors.length;
    address(ip, path, errors, new Set(old?.externalIPs));
    if (errors.length === before) publicAddress(ip, path, errors);
  });
  if (!spec.type) errors.push(required('spec.type'));
  else oneOf(spec.type, types, 'spec.type', errors);
  validatePortsTogether(spec, errors);
  validateLoadBalancer(service, errors, old);
  validateTraffic(spec, errors);
  return errors;
}
