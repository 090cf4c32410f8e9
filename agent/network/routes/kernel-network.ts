/** What the kernel has now of interfaces and routes, as far as ways to other nodes are concerned. */
import { isClusterDevice, isClusterRoute, machineRoutes, type RouteJson } from '../../../hub/base/machine-routes.ts';
import type { MachineRoute } from '../../../hub/base/ranges.ts';
import { vxlanName } from '../network.ts';
import type { IpTool } from './ip-tool.ts';

/** An address of an interface. */
export interface LinkAddress {
  readonly address: string;
  readonly bits: number;
}

/** An interface that is not the cluster's. */
export interface MachineLink {
  readonly name: string;
  /** Bytes. */
  readonly mtu: number;
  readonly addresses: readonly LinkAddress[];
}

/** A route of ours. */
export interface KernelRoute {
  readonly range: string;
  readonly gateway: string;
  readonly device: string;
}

/** The overlay's device. */
export interface KernelVxlan {
  readonly mac: string;
  readonly mtu: number;
  readonly id: number;
  readonly port: number;
  readonly isUp: boolean;
  readonly addresses: readonly LinkAddress[];
  /** Gateway → MAC. */
  readonly neighbours: ReadonlyMap<string, string>;
  /** MAC → the address of the node it is at. */
  readonly forwarding: ReadonlyMap<string, string>;
}

/** All of it. */
export interface KernelNetwork {
  /** Interfaces that are up. */
  readonly links: readonly MachineLink[];
  readonly routes: readonly KernelRoute[];
  /** The machine's own routes, without the default one. */
  readonly machine: readonly MachineRoute[];
  readonly vxlan: KernelVxlan | undefined;
}

interface AddressJson {
  ifname: string;
  flags?: string[];
  mtu?: number;
  address?: string;
  linkinfo?: { info_data?: { id?: number; port?: number } };
  addr_info?: { local?: string; prefixlen?: number; scope?: string }[];
}

/** Reads it. Rejects as IpTool does. */
export async function readKernelNetwork(tool: IpTool): Promise<KernelNetwork> {
  const [addresses, four, six] = (await Promise.all([
    tool.read('ip', ['-details', 'address', 'show']),
    tool.read('ip', ['-4', 'route', 'show']),
    tool.read('ip', ['-6', 'route', 'show']),
  ])) as [AddressJson[], RouteJson[], RouteJson[]];
  const device = addresses.find(({ ifname }) => ifname === vxlanName);
  const routes = [...four, ...six];
  return {
    links: addresses.filter(isMachineLink).map(linkOf),
    routes: routes
      .filter(isClusterRoute)
      .map(({ dst, gateway = '', dev = '' }) => ({ range: dst, gateway, device: dev })),
    machine: machineRoutes(routes),
    vxlan: device === undefined ? undefined : await readVxlan(tool, device),
  };
}

function isMachineLink({ ifname, flags = [] }: AddressJson): boolean {
  return flags.includes('UP') && !flags.includes('LOOPBACK') && !isClusterDevice(ifname);
}

function addressesOf({ addr_info: all = [] }: AddressJson): LinkAddress[] {
  const given = all.filter(({ scope }) => scope !== 'link');
  return given.map(({ local = '', prefixlen = 0 }) => ({ address: local, bits: prefixlen }));
}

function linkOf(json: AddressJson): MachineLink {
  return { name: json.ifname, mtu: json.mtu ?? 1500, addresses: addressesOf(json) };
}

async function readVxlan(tool: IpTool, json: AddressJson): Promise<KernelVxlan> {
  const [neighbours, forwarding] = (await Promise.all([
    tool.read('ip', ['neigh', 'show', 'dev', vxlanName, 'nud', 'permanent']),
    tool.read('bridge', ['fdb', 'show', 'dev', vxlanName]),
  ])) as [{ dst: string; lladdr?: string }[], { mac: string; dst?: string }[]];
  const { id = 0, port = 0 } = json.linkinfo?.info_data ?? {};
  return {
    ...{ id, port, mac: json.address ?? '', mtu: json.mtu ?? 0, isUp: json.flags?.includes('UP') === true },
    addresses: addressesOf(json),
    neighbours: new Map(neighbours.map(({ dst, lladdr = '' }) => [dst, lladdr])),
    forwarding: new Map(forwarding.filter(({ dst }) => dst !== undefined).map(({ mac, dst = '' }) => [mac, dst])),
  };
}
