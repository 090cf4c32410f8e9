/** The ways to the Pods of other nodes, from what is known of the nodes and of this machine. Pure. */
import { createHash } from 'node:crypto';
import type { NodeNetwork } from '../../../hub/api/node-network.ts';
import { clashing, covers, type MachineRoute, parseRange } from '../../../hub/base/ranges.ts';
import { vxlanName } from '../network.ts';
import type { MachineLink } from './kernel-network.ts';

/** This node. */
export interface OwnNetwork {
  readonly name: string;
  /** Ranges of its Pods, one a family. */
  readonly podCIDRs: readonly string[];
  readonly addresses: readonly string[];
  /** '' is the link of all nodes that were told no other. */
  readonly link: string;
  /** Where nodes of other links reach this one; '' when they do not. */
  readonly externalAddress: string;
}

/** What the ways follow from. */
export interface RoutesInput {
  readonly own: OwnNetwork;
  /** All nodes; this one among them does not count. */
  readonly nodes: Iterable<NodeNetwork>;
  readonly links: readonly MachineLink[];
  /** Routes this machine has without the cluster. */
  readonly machine: readonly MachineRoute[];
}

/** A route: directly to a node, or through the overlay's device. */
export interface Route {
  readonly range: string;
  readonly gateway: string;
  readonly device: string;
}

/** A node behind the overlay. */
export interface Peer {
  /** The address of its overlay device, one a family of Pods. */
  readonly gateways: readonly string[];
  readonly mac: string;
  /** Where its packets are sent to. */
  readonly address: string;
}

/** What should be in the kernel. */
export interface DesiredRoutes {
  readonly routes: readonly Route[];
  /** Undefined when no node needs it. */
  readonly vxlan: { readonly mac: string; readonly mtu: number; readonly addresses: readonly string[] } | undefined;
  readonly peers: readonly Peer[];
  /** Bytes a Pod's packet may have to reach every node whole. */
  readonly podMtu: number;
  /** Nodes that cannot be reached, and why, as the end of a sentence that begins with the node's name. */
  readonly refused: readonly { readonly node: string; readonly why: string }[];
  /** A range of this node's own Pods that is in use on this machine, and by what. */
  readonly clash: string | undefined;
}

/** What the overlay adds to each packet, in bytes: outer Ethernet, IP, UDP, VXLAN (RFC 7348). */
const overhead = { 4: 50, 6: 70 };

const usualMtu = 1500;

/** A MAC that follows from the node's name, so that nobody has to be told: a local one of 46 bits. */
export function macOf(node: string): string {
  const bytes = createHash('sha256').update(node).digest().subarray(0, 6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 2;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** The address of an overlay device: the first of the node's Pod range, which no Pod gets. */
const gatewayOf = (range: string): string => range.split('/')[0] ?? '';

const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);

/** The interface on whose own network an address is. */
function directLink(address: string, links: readonly MachineLink[]): MachineLink | undefined {
  const target = parseRange(address);
  if (target === undefined) return undefined;
  return links.find(({ addresses }) =>
    addresses.some((own) => {
      const network = parseRange(`${own.address}/${own.bits}`);
      return network !== undefined && own.address !== address && covers(network, target);
    }),
  );
}

/** The interface of this node's address: what the overlay travels on. */
function underlay(own: OwnNetwork, links: readonly MachineLink[]): MachineLink | undefined {
  const has = (address: string): MachineLink | undefined =>
    links.find(({ addresses }) => addresses.some((one) => one.address === address));
  return own.addresses.map(has).find((link) => link !== undefined);
}

interface Way {
  readonly routes: readonly Route[];
  readonly peer?: Peer;
  readonly refusal?: string;
}

/** The ways. */
export function desiredRoutes(input: RoutesInput): DesiredRoutes {
  const { own, links, machine } = input;
  const routes: Route[] = [];
  const peers: Peer[] = [];
  const refused: { node: string; why: string }[] = [];
  for (const node of input.nodes) {
    if (node.metadata.name === own.name || node.podCIDRs.length === 0) continue;
    const way = wayTo(node, input);
    routes.push(...way.routes);
    if (way.peer !== undefined) peers.push(way.peer);
    if (way.refusal !== undefined) refused.push({ node: node.metadata.name ?? '', why: way.refusal });
  }
  const mtu = underlay(own, links)?.mtu ?? usualMtu;
  const most = Math.max(0, ...peers.map(({ address }) => overhead[familyOf(address)]));
  const clash = clashOf(own.podCIDRs, machine);
  return {
    routes,
    peers,
    refused,
    clash,
    podMtu: mtu - most,
    vxlan:
      peers.length === 0
        ? undefined
        : { mac: macOf(own.name), mtu: mtu - most, addresses: own.podCIDRs.map((range) => gatewayOf(range)) },
  };
}

function clashOf(ranges: readonly string[], machine: readonly MachineRoute[]): string | undefined {
  for (const text of ranges) {
    const range = parseRange(text);
    const found = range === undefined ? undefined : clashing(range, machine);
    if (found !== undefined) return `${text} is in use here: ${found.range} on ${found.device}`;
  }
  return undefined;
}

function wayTo(node: NodeNetwork, { own, links, machine }: RoutesInput): Way {
  const clash = clashOf(node.podCIDRs, machine);
  if (clash !== undefined) return { routes: [], refusal: `its Pod range ${clash}` };
  const link = node.link ?? '';
  if (link !== own.link) {
    const silent = [
      ...((node.externalAddress ?? '') === '' ? [node.metadata.name ?? ''] : []),
      ...(own.externalAddress === '' ? [own.name] : []),
    ];
    if (silent.length > 0)
      return {
        routes: [],
        refusal: `is on another link, and ${silent.join(' and ')} ${silent.length > 1 ? 'have' : 'has'} no externalAddress`,
      };
    return overlayTo(node, node.externalAddress ?? '');
  }
  const [address] = node.addresses;
  if (address === undefined) return { routes: [], refusal: 'has told no address yet' };
  const direct = node.addresses.map((one) => ({ one, over: directLink(one, links) }));
  const ways = node.podCIDRs.map((range) => {
    const found = direct.find(({ one, over }) => over !== undefined && familyOf(one) === familyOf(range));
    return found && { range, gateway: found.one, device: found.over?.name ?? '' };
  });
  const routes = ways.filter((way) => way !== undefined);
  return routes.length === node.podCIDRs.length ? { routes } : overlayTo(node, address);
}

function overlayTo(node: NodeNetwork, address: string): Way {
  const routes = node.podCIDRs.map((range) => ({ range, gateway: gatewayOf(range), device: vxlanName }));
  const gateways = routes.map(({ gateway }) => gateway);
  return { routes, peer: { gateways, mac: macOf(node.metadata.name ?? ''), address } };
}
