/** What DNS needs to know of one Service, out of the Service and its EndpointSlices. Pure. */
import { isIP } from 'node:net';
import type { Endpoint, EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import { isHeadless, type Service } from '../../hub/api/service.ts';
import { addressBytes } from './wire/record.ts';

/** A port with the name SRV records have it by; a port without one has none. */
export interface NamedPort {
  readonly name: string;
  /** In small letters: `tcp`. */
  readonly protocol: string;
  readonly port: number;
}

/** An address behind a Service. */
export interface NamedEndpoint {
  readonly address: string;
  /** The Pod's hostname where it has one of its own, else the address with dashes. */
  readonly hostname: string;
  readonly ports: readonly NamedPort[];
}

/** A Service as DNS sees it. */
export interface NamedService {
  readonly namespace: string;
  readonly name: string;
  /** Its own addresses; none for a headless Service. */
  readonly addresses: readonly string[];
  readonly headless: boolean;
  /** The name it stands for (type ExternalName), without a dot at the end. */
  readonly external: string | undefined;
  readonly ports: readonly NamedPort[];
  /** Those that are ready, or all where the Service publishes them before. */
  readonly endpoints: readonly NamedEndpoint[];
}

/** The addresses a Service has of its own. */
function ownAddresses({ spec }: Service): string[] {
  if (spec.type === 'ExternalName') return [];
  return (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter((address) => isIP(address) !== 0);
}

/** The Service with what its slices say. */
export function namedService(service: Service, slices: Iterable<EndpointSlice>): NamedService {
  const { spec, metadata } = service;
  const isExternal = spec.type === 'ExternalName';
  // CoreDNS: an address is no name an alias could have
  const external = isExternal && isIP(spec.externalName ?? '') === 0 ? spec.externalName : undefined;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    addresses: ownAddresses(service),
    headless: !isExternal && isHeadless(service),
    external: external === '' ? undefined : external?.toLowerCase().replace(/\.$/, ''),
    ports: (spec.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({
      name: name.toLowerCase(),
      protocol: protocol.toLowerCase(),
      port,
    })),
    endpoints: isExternal ? [] : endpointsOf(slices, spec.publishNotReadyAddresses === true),
  };
}

/** A Pod may be in several slices: each set of ports has its own. */
function endpointsOf(slices: Iterable<EndpointSlice>, isEarly: boolean): NamedEndpoint[] {
  const found = new Map<string, NamedEndpoint>();
  for (const slice of slices) {
    const ports = slicePorts(slice);
    // API: unknown counts as ready
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => isEarly || conditions?.ready !== false);
    for (const { address, hostname } of ready.flatMap(namedAddresses)) {
      const key = `${address} ${hostname}`;
      const known = found.get(key)?.ports ?? [];
      const more = ports.filter((port) => !known.some((each) => samePort(each, port)));
      found.set(key, { address, hostname, ports: [...known, ...more] });
    }
  }
  return [...found.values()];
}

function slicePorts({ ports }: EndpointSlice): NamedPort[] {
  return (ports ?? []).flatMap(({ name = '', protocol = 'TCP', port }) =>
    port === undefined ? [] : [{ name: name.toLowerCase(), protocol: protocol.toLowerCase(), port }],
  );
}

function namedAddresses({ addresses, hostname = '' }: Endpoint): { address: string; hostname: string }[] {
  return addresses
    .filter((address) => isIP(address) !== 0)
    .map((address) => ({ address, hostname: hostname === '' ? dashed(address) : hostname.toLowerCase() }));
}

const samePort = (one: NamedPort, other: NamedPort): boolean =>
  one.name === other.name && one.protocol === other.protocol && one.port === other.port;

/** `10.0.0.1` as `10-0-0-1`, `fd00::1` as `fd00--1`. */
const dashed = (address: string): string => address.toLowerCase().replace(/[.:]/g, '-');

/** One text for all the ways an address may be written. */
export const addressKey = (address: string): string => addressBytes(address).toString('latin1');
