/**
 * Endpoints of this node's own Pods at the addresses those have now. After a restart of the machine Pods have others than before, and
 * while the hub is away its EndpointSlices name the old ones, which may be another Pod's by then. Pure.
 */
import { isIP } from 'node:net';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';

/** By a Pod's uid. */
export type PodAddresses = ReadonlyMap<string, readonly string[]>;

const versions: Readonly<Record<string, number>> = { IPv4: 4, IPv6: 6 };

/** The addresses of each Pod's newest sandbox, of Pods that have some. */
export function addressesOf(sandboxes: readonly SandboxObservation[]): PodAddresses {
  const live = sandboxes.filter(({ ready, addresses }) => ready && addresses.length > 0);
  return new Map(live.sort((a, b) => a.createdAt - b.createdAt).map(({ uid, addresses }) => [uid, addresses]));
}

/** The slice as it is when these Pods have these addresses; the same object when it says so itself. */
export function atOwnAddresses(slice: EndpointSlice, own: PodAddresses): EndpointSlice {
  const moved = (slice.endpoints ?? []).some(({ addresses, targetRef }) =>
    newAddress(slice, addresses, targetRef, own),
  );
  if (!moved) return slice;
  const endpoints = (slice.endpoints ?? []).map((endpoint) => {
    const address = newAddress(slice, endpoint.addresses, endpoint.targetRef, own);
    return address === undefined ? endpoint : { ...endpoint, addresses: [address] };
  });
  return { ...slice, endpoints };
}

function newAddress(
  { addressType }: EndpointSlice,
  addresses: readonly string[],
  target: { uid?: string } | undefined,
  own: PodAddresses,
): string | undefined {
  const now = own.get(target?.uid ?? '')?.filter((one) => isIP(one) === versions[addressType]) ?? [];
  return addresses.some((one) => now.includes(one)) ? undefined : now[0];
}

/** True when an endpoint of the slice is one of these Pods. */
export function leadsTo({ endpoints }: EndpointSlice, pods: ReadonlySet<string>): boolean {
  return endpoints?.some(({ targetRef }) => pods.has(targetRef?.uid ?? '')) === true;
}
