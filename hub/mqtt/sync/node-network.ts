/** What other nodes are told of a node, made of its Node object. Pure. */
import { hash } from 'node:crypto';
import type { Node } from '../../api/node.ts';
import { externalAddressAnnotation, linkAnnotation, type NodeNetwork } from '../../api/node-network.ts';
import type { Entry } from '../../registry/registry.ts';
import type { Projection } from './projection.ts';

type Facts = Omit<NodeNetwork, 'metadata'>;

/** The projection of a Node for the other nodes: its version is a hash over the facts, so a heartbeat is no news. */
export function projectNodeNetwork(entry: Entry): Projection {
  const facts = JSON.stringify(factsOf(entry.object<Node>()));
  const version = hash('sha1', facts, 'base64url').slice(0, 16);
  const metadata = JSON.stringify({ name: entry.name, resourceVersion: version });
  return { version, bytes: Buffer.from(`${facts.slice(0, -1)},"metadata":${metadata}}`) };
}

function factsOf({ metadata, spec, status }: Node): Facts {
  const addresses = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP');
  const link = metadata.annotations?.[linkAnnotation] ?? '';
  const externalAddress = metadata.annotations?.[externalAddressAnnotation] ?? '';
  // processes of the host have the host's addresses: nothing is behind the range of such a node
  const hasNetwork = status?.nodeInfo?.containerRuntimeVersion.startsWith('process:') !== true;
  return {
    apiVersion: 'coracle.io/v1',
    kind: 'NodeNetwork',
    podCIDRs: hasNetwork ? (spec.podCIDRs ?? (spec.podCIDR === undefined ? [] : [spec.podCIDR])) : [],
    addresses: addresses.map(({ address }) => address),
    ...(link === '' ? {} : { link }),
    ...(externalAddress === '' ? {} : { externalAddress }),
  };
}
