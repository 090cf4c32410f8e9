/** What this program carries by itself where a node has no packet rules: TCP ports of Services. Pure. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Service, ServicePort } from '../../../hub/api/service.ts';
import { parseRange, type Range } from '../../../hub/base/ranges.ts';
import { addressesOf, isServed } from './allocation.ts';
import { keyOf, slicesByService, type View } from './view.ts';

/** One port of an address, and where it leads. */
export interface RelayedPort {
  readonly address: string;
  readonly port: number;
  readonly service: Service;
  /** Who may come; everybody when there is none. API: loadBalancerSourceRanges. */
  readonly sources: readonly Range[];
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
}

/** The ports of the addresses `held` at `node`, and a sentence for each Service of which something is left out. */
export function relayedPorts(
  held: ReadonlySet<string>,
  view: View,
  node: string,
): { ports: RelayedPort[]; left: [Service, string][] } {
  const ports: RelayedPort[] = [];
  const left: [Service, string][] = [];
  const slices = slicesByService(view.slices);
  for (const service of view.services) {
    const address = addressesOf(service).find((one) => held.has(one));
    if (address === undefined || !isServed(service)) continue;
    const { ports: all = [], loadBalancerSourceRanges = [] } = service.spec;
    const sources = loadBalancerSourceRanges.flatMap((range) => parseRange(range.trim()) ?? []);
    for (const port of all)
      if ((port.protocol ?? 'TCP') === 'TCP') {
        const endpoints = endpointsOf(service, port, slices.get(keyOf(service)) ?? [], node);
        ports.push({ ...{ address, port: port.port, service, sources }, endpoints });
      }
    const others = all
      .filter(({ protocol = 'TCP' }) => protocol !== 'TCP')
      .map(({ port, protocol }) => `${port}/${protocol}`);
    if (others.length > 0)
      left.push([
        service,
        `node ${node} has no packet rules and carries TCP alone: ${others.join(', ')} is not reached at ${address}`,
      ]);
  }
  return { ports, left };
}

function endpointsOf(
  { spec }: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
  node: string,
): RelayedPort['endpoints'] {
  const isLocal = spec.externalTrafficPolicy === 'Local';
  return slices.flatMap(({ addressType, ports, endpoints }) => {
    const target = ports?.find(
      ({ name = '', protocol = 'TCP' }) => name === (port.name ?? '') && protocol === 'TCP',
    )?.port;
    if (target === undefined || addressType === 'FQDN') return [];
    return (endpoints ?? []).flatMap(({ addresses: [host], conditions, nodeName }) =>
      host === undefined || conditions?.ready === false || (isLocal && nodeName !== node)
        ? []
        : [{ host, port: target }],
    );
  });
}
