/** What a Service means on this node: its ports, the addresses they are at, and who answers. Pure. */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import {
  headlessLabel,
  isHeadless,
  nodeLocalAnnotation,
  type Service,
  type ServicePort,
} from '../../../hub/api/service.ts';
import { chooseEndpoints, type Endpoint, type EndpointChoice, type NodePlace } from './endpoint-choice.ts';

/** Of addresses, as nft calls them. */
export type Family = 'ip' | 'ip6';

/** One port of a Service in one address family. */
export interface ProxyPort {
  /** namespace/name/protocol/port name, `v6/` before it for IPv6: unique, and fit for names of chains. */
  readonly id: string;
  readonly family: Family;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly clusterIP: string;
  /** External and load balancer addresses. */
  readonly external: readonly string[];
  readonly nodePort: number | undefined;
  /** Load balancer addresses only these ranges may use; empty: everybody may. */
  readonly balancers: readonly string[];
  readonly sources: readonly string[];
  /** Seconds a client stays with an endpoint. */
  readonly affinity: number | undefined;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  readonly endpoints: EndpointChoice;
}

/** API: another proxy takes care of the Service. */
const otherProxyLabel = 'service.kubernetes.io/service-proxy-name';

/** API: how long a client stays with an endpoint when nothing is said, in seconds. */
const usualAffinity = 10_800;

const longestId = 180;

/** Families of addresses by the slices' own word. */
const families: Readonly<Record<string, Family>> = { IPv4: 'ip', IPv6: 'ip6' };

/** Ports with this protocol are left out: Coracle's nodes need not have the kernel module for it. */
export const leftOut = 'SCTP';

/** True for a Service that has addresses of its own, and no other proxy. */
function isProxied(service: Service): boolean {
  const { metadata, spec } = service;
  const { labels = {}, annotations = {} } = metadata;
  if (spec.type === 'ExternalName' || isHeadless(service) || (spec.clusterIP ?? '') === '') return false;
  // the node answers at such an address itself
  if (annotations[nodeLocalAnnotation] === 'true') return false;
  return labels[otherProxyLabel] === undefined && labels[headlessLabel] === undefined;
}

/** The ports of a Service as this node serves them. `slices` are those of the Service. */
export function proxyModel(service: Service, slices: readonly EndpointSlice[], node: NodePlace): ProxyPort[] {
  if (!isProxied(service)) return [];
  const { clusterIP = '', clusterIPs = [clusterIP], ports = [] } = service.spec;
  return clusterIPs.flatMap((address) => {
    const family = familyOf(address);
    if (family === undefined) return [];
    const own = slices.filter(({ addressType }) => families[addressType] === family);
    return ports.flatMap((port) => {
      if (port.protocol === leftOut) return [];
      const endpoints = chooseEndpoints(endpointsOf(port, own, node), node);
      return [{ ...portModel({ service, port, family }), clusterIP: address, endpoints }];
    });
  });
}

/** What the Service itself says of one port. */
function portModel(of: {
  service: Service;
  port: ServicePort;
  family: Family;
}): Omit<ProxyPort, 'clusterIP' | 'endpoints'> {
  const { service, port, family } = of;
  const { metadata, spec } = service;
  const protocol = port.protocol === 'UDP' ? 'udp' : 'tcp';
  const inFamily = (addresses: readonly string[]): string[] => addresses.filter((one) => familyOf(one) === family);
  const balancers = inFamily(balancerAddresses(service));
  const base = `${metadata.namespace ?? ''}/${metadata.name ?? ''}/${protocol}/${port.name ?? ''}`;
  return {
    id: shortened(family === 'ip6' ? `v6/${base}` : base),
    family,
    protocol,
    port: port.port,
    external: [...new Set([...inFamily(spec.externalIPs ?? []), ...balancers])],
    nodePort: port.nodePort === undefined || port.nodePort === 0 ? undefined : port.nodePort,
    balancers,
    sources: inFamily((spec.loadBalancerSourceRanges ?? []).map((range) => range.trim())),
    affinity: affinityOf(service),
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
  };
}

/**
 * The family of an address or a range; undefined for anything else. One thing nft does not understand would keep it from
 * taking the rules of all Services.
 */
function familyOf(text: string): Family | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  if (version === 0 || rest.length > 0) return undefined;
  if (length !== undefined && !(/^\d+$/.test(length) && Number(length) <= longest)) return undefined;
  return version === 6 ? 'ip6' : 'ip';
}

/** A name of nft with an address behind it has at most 255 characters; few Services have names that long. */
function shortened(id: string): string {
  return id.length <= longestId ? id : `${id.slice(0, 100)}/${hash('sha256', id, 'hex').slice(0, 32)}`;
}

function affinityOf({ spec }: Service): number | undefined {
  if (spec.sessionAffinity !== 'ClientIP') return undefined;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? usualAffinity;
}

interface Ingress {
  readonly ip?: string;
  readonly ipMode?: string;
}

/** API: an address of mode Proxy is the load balancer's own, and packets to it are to go there. */
function balancerAddresses({ spec, status }: Service): string[] {
  if (spec.type !== 'LoadBalancer') return [];
  const { ingress = [] } = (status?.['loadBalancer'] ?? {}) as { ingress?: readonly Ingress[] };
  return ingress.flatMap(({ ip, ipMode = 'VIP' }) => (ip === undefined || ipMode !== 'VIP' ? [] : [ip]));
}

/** Every endpoint of a port, each address and port once. */
function endpointsOf(port: ServicePort, slices: readonly EndpointSlice[], node: NodePlace): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    const target = slice.ports?.find(
      ({ name = '', protocol = 'TCP' }) => name === (port.name ?? '') && protocol === (port.protocol ?? 'TCP'),
    )?.port;
    if (target === undefined) continue;
    for (const { addresses, conditions = {}, nodeName, hints } of slice.endpoints ?? []) {
      // API: all addresses of an endpoint lead to the same one
      const [ip] = addresses;
      if (ip === undefined || isIP(ip) === 0) continue;
      found.set(`${ip} ${target}`, {
        ip,
        port: target,
        ready: conditions.ready !== false,
        serving: conditions.serving ?? conditions.ready !== false,
        terminating: conditions.terminating === true,
        local: nodeName === node.name,
        forNodes: (hints?.forNodes ?? []).map(({ name }) => name),
        forZones: (hints?.forZones ?? []).map(({ name }) => name),
      });
    }
  }
  return [...found.values()].sort((one, other) => compare(one.ip, other.ip) || one.port - other.port);
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
