/** At which addresses a Service is reached. Pure. */
import type { Node } from '../../hub/api/node.ts';
import type { Service, ServicePort } from '../../hub/api/service.ts';

/** One way to a Service. */
export interface ServiceUrl {
  readonly url: string;
  /** From where it is reached: everywhere, wherever nodes are reached, or on nodes and in Pods alone. */
  readonly from: 'outside' | 'nodes' | 'cluster';
  /** Name of the port, or its number. */
  readonly port: string;
}

interface Ingress {
  ip?: string;
  hostname?: string;
}

const tls = /https|tls/i;

/** Best ways first: load balancer and external addresses, then ports of ready nodes, then the address within the cluster. */
export function serviceUrls({ spec, status }: Service, nodes: readonly Node[]): ServiceUrl[] {
  const ports = (spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  const balancer = (status?.['loadBalancer'] ?? {}) as { ingress?: Ingress[] };
  const outside = [
    ...(balancer.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? ''),
    ...(spec.externalIPs ?? []),
  ];
  const inside = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter((address) => address !== 'None');
  const hosts = nodes.filter(isReady).map(nodeAddress);
  const of = (
    from: ServiceUrl['from'],
    addresses: readonly string[],
    number: (port: ServicePort) => number,
  ): ServiceUrl[] =>
    ports.flatMap((port) =>
      addresses
        .filter((address) => address !== '' && number(port) !== 0)
        .map((address) => ({ url: url(port, address, number(port)), from, port: port.name ?? String(port.port) })),
    );
  return [
    ...of('outside', outside, ({ port }) => port),
    ...of('nodes', hosts, ({ nodePort = 0 }) => nodePort),
    ...of('cluster', inside, ({ port }) => port),
  ];
}

function url({ name = '', appProtocol = '', port }: ServicePort, address: string, number: number): string {
  const scheme = port === 443 || tls.test(name) || tls.test(appProtocol) ? 'https' : 'http';
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${number}`;
}

const isReady = ({ status }: Node): boolean =>
  (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');

function nodeAddress({ status }: Node): string {
  const addresses = status?.addresses ?? [];
  const of = (wanted: string): string | undefined => addresses.find(({ type }) => type === wanted)?.address;
  return of('ExternalIP') ?? of('InternalIP') ?? '';
}
