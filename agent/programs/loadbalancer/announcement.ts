/** Which node answers for which address: every node decides by itself, and all alike. Pure. */
import { hash } from 'node:crypto';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import { addressesOf, isServed } from './allocation.ts';
import type { Pool } from './pool.ts';
import { ableNodes, keyOf, slicesByService, type View } from './view.ts';

/** The addresses `node` answers for. */
export function addressesAt(node: string, view: View, pool: Pool): Set<string> {
  const able = ableNodes(view);
  const found = new Set<string>();
  if (!able.includes(node)) return found;
  const slices = slicesByService(view.slices);
  for (const service of view.services) {
    if (!isServed(service)) continue;
    const addresses = addressesOf(service).filter((address) => pool.has(address));
    if (addresses.length === 0) continue;
    const isLocal = service.spec.externalTrafficPolicy === 'Local';
    const near = isLocal ? nodesOf(slices.get(keyOf(service)) ?? []) : undefined;
    const candidates = near === undefined ? able : able.filter((one) => near.has(one));
    for (const address of addresses) if (announcer(address, candidates) === node) found.add(address);
  }
  return found;
}

/** Nodes with endpoints that are ready. API: an endpoint that does not say so is. */
function nodesOf(slices: readonly EndpointSlice[]): Set<string> {
  const nodes = new Set<string>();
  for (const { endpoints } of slices)
    for (const { nodeName, conditions } of endpoints ?? [])
      if (nodeName !== undefined && conditions?.ready !== false) nodes.add(nodeName);
  return nodes;
}

/** One of the nodes by the highest hash of both: when a node comes or goes, other nodes' addresses stay where they are. */
export function announcer(address: string, nodes: readonly string[]): string | undefined {
  const weighed = nodes.map((node) => ({ node, weight: hash('sha256', `${node} ${address}`, 'hex') }));
  weighed.sort((one, other) => (one.weight < other.weight ? 1 : -1));
  return weighed[0]?.node;
}
