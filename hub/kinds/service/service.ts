/** The Service: one address for many Pods. Addresses and node ports are allotted by the registry's allocators. */
import { isDns1123Label } from '../../api/names.ts';
import type { Service } from '../../api/service.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { formatLabels } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { reachedAt, validateServiceStatus } from './validate-status.ts';
import { isExternallyAccessible, needsHealthCheck, validateService } from './validate.ts';
import { validateServiceUpdate } from './validate-update.ts';

/** API: three hours. */
const affinitySeconds = 10_800;

function setDefaults(service: Service): void {
  service.spec ??= {};
  const { spec } = service;
  if (!spec.sessionAffinity) spec.sessionAffinity = 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= affinitySeconds;
  }
  if (!spec.type) spec.type = 'ClusterIP';
  for (const port of spec.ports ?? []) {
    if (!port.protocol) port.protocol = 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec) && !spec.externalTrafficPolicy) spec.externalTrafficPolicy = 'Cluster';
  if (spec.type !== 'ExternalName' && !spec.internalTrafficPolicy) spec.internalTrafficPolicy = 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const one of reachedAt(service)) if (one.ip) one.ipMode ??= 'VIP';
}

/** API: clusterIP is the first of clusterIPs; who writes only one of them means both. */
function joinClusterIps(service: Service, old: Service | undefined): void {
  const { spec } = service;
  if (old === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const cleared = !spec.clusterIP && old.spec.clusterIP;
  const changed = spec.clusterIP !== old.spec.clusterIP;
  const sameList = JSON.stringify(spec.clusterIPs ?? []) === JSON.stringify(old.spec.clusterIPs ?? []);
  if (cleared && sameList) delete spec.clusterIPs;
  else if (changed && sameList && spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
}

/** API: a PUT that leaves allotted values out keeps them, as old clients do not know them. */
function keepAllotted(service: Service, old: Service): void {
  const { spec } = service;
  if (old.spec.type === 'ExternalName' || spec.type === 'ExternalName') return;
  if (!spec.clusterIP && !spec.clusterIPs?.length && old.spec.clusterIP) spec.clusterIP = old.spec.clusterIP;
  if (!spec.clusterIPs?.length && spec.clusterIP === old.spec.clusterIP && old.spec.clusterIPs) {
    spec.clusterIPs = [...old.spec.clusterIPs];
  }
  if (!spec.ipFamilyPolicy && old.spec.ipFamilyPolicy) spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
  if (!spec.ipFamilies?.length && old.spec.ipFamilies) spec.ipFamilies = [...old.spec.ipFamilies];
  const external = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';
  if (external(spec.type) && external(old.spec.type)) keepNodePorts(service, old);
  if (spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local') {
    if (!spec.healthCheckNodePort && old.spec.healthCheckNodePort) {
      spec.healthCheckNodePort = old.spec.healthCheckNodePort;
    }
  }
}

function keepNodePorts(service: Service, old: Service): void {
  if (service.spec.allocateLoadBalancerNodePorts === false && service.spec.type === 'LoadBalancer') return;
  const given = new Set((service.spec.ports ?? []).map((port) => port.nodePort).filter(Boolean));
  for (const port of service.spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = old.spec.ports?.find((one) => one.port === port.port && one.protocol === port.protocol);
    if (before?.nodePort && !given.has(before.nodePort)) port.nodePort = before.nodePort;
  }
}

/** What only the old type meant is dropped when the writer left it as it was. */
function dropTypeDependent(service: Service, old: Service): void {
  const { spec } = service;
  if (!isExternallyAccessible(spec) && spec.externalTrafficPolicy === old.spec.externalTrafficPolicy) {
    delete spec.externalTrafficPolicy;
  }
  if (!needsHealthCheck(spec) && spec.healthCheckNodePort === old.spec.healthCheckNodePort) {
    delete spec.healthCheckNodePort;
  }
  if (spec.type === old.spec.type) return;
  if (spec.type === 'ExternalName') {
    if (spec.clusterIP === old.spec.clusterIP) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    delete spec.internalTrafficPolicy;
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (!external) {
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort === old.spec.ports?.[index]?.nodePort) delete port.nodePort;
    }
  }
  if (spec.type !== 'LoadBalancer') {
    delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === old.spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
}

function prepareUpdate(service: Service, old: Service): void {
  // API: what was a load balancer is not told to be reached as one any more
  if (service.spec.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
  joinClusterIps(service, old);
  dropTypeDependent(service, old);
  keepAllotted(service, old);
}

function loadBalancerAddresses(service: Service): string {
  const status = service.status as { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } } | undefined;
  const addresses = (status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '');
  return [...new Set(addresses.filter((one) => one !== ''))].sort().join(',');
}

function externalCell(service: Service): string {
  const { spec } = service;
  const ips = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type !== 'LoadBalancer') return ips.length > 0 ? ips.join(',') : none;
  const addresses = loadBalancerAddresses(service);
  if (ips.length > 0) return addresses === '' ? ips.join(',') : [...ips, addresses].join(',');
  return addresses === '' ? '<pending>' : addresses;
}

function portsCell(service: Service): string {
  const ports = (service.spec.ports ?? []).map((port) =>
    port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`,
  );
  return ports.length === 0 ? none : ports.join(',');
}

function cells(service: Service, now: number): TableCell[] {
  return [
    nameCell(service),
    service.spec.type ?? '',
    service.spec.clusterIPs?.[0] ?? none,
    externalCell(service),
    portsCell(service),
    ageCell(service, now),
    formatLabels(service.spec.selector),
  ];
}

/** The strategy of Services. */
export const serviceStrategy: Strategy = plainStrategy<Service>({
  hasStatus: true,
  createOnUpdate: true,
  newStatus: () => ({ loadBalancer: {} }),
  setDefaults,
  prepareCreate: (service) => joinClusterIps(service, undefined),
  prepareUpdate,
  validateName: isDns1123Label,
  validateCreate: (service) => validateService(service),
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatus,
  selectable: ['spec.clusterIP', 'spec.type'],
  selectableFields: (service) => ({
    'spec.clusterIP': service.spec.clusterIP ?? '',
    'spec.type': service.spec.type ?? '',
  }),
  columns: columnsOf('service'),
  cells,
});
