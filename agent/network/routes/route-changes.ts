/** The commands that lead from what the kernel has to what it should have. Pure. */
import { routeProtocol } from '../../../hub/base/machine-routes.ts';
import { vxlanName } from '../network.ts';
import type { DesiredRoutes } from './desired-routes.ts';
import type { KernelNetwork, KernelVxlan } from './kernel-network.ts';

/** How the overlay is told from others on the same wires. */
export interface VxlanChoice {
  /** The VNI. */
  readonly id: number;
  /** The UDP port, the same on all nodes. */
  readonly port: number;
}

/** Commands for each program, in the order they are to be run: first `ip`, then `bridge`. None where nothing differs. */
export interface RouteChanges {
  readonly ip: readonly string[];
  readonly bridge: readonly string[];
}

/** The commands. */
export function routeChanges(kernel: KernelNetwork, desired: DesiredRoutes, choice: VxlanChoice): RouteChanges {
  const device = deviceChanges(kernel.vxlan, desired, choice);
  const had = device.isNew ? [] : kernel.routes;
  const wanted = new Map(desired.routes.map((route) => [route.range, route]));
  const same = (one: { gateway: string; device: string }, range: string): boolean =>
    wanted.get(range)?.gateway === one.gateway && wanted.get(range)?.device === one.device;
  const there = new Set(had.filter((route) => same(route, route.range)).map(({ range }) => range));
  const come = desired.routes.filter(({ range }) => !there.has(range));
  const gone = kernel.routes.filter(({ range }) => !wanted.has(range));
  return {
    ip: [
      ...device.ip,
      // the new way takes the old one's place at once
      ...come.map(
        ({ range, gateway, device: over }) =>
          `route replace ${range} via ${gateway} dev ${over}${over === vxlanName ? ' onlink' : ''} proto ${routeProtocol}`,
      ),
      ...gone.map(({ range, device: over }) => `route delete ${range} dev ${over} proto ${routeProtocol}`),
      ...device.end,
    ],
    bridge: device.bridge,
  };
}

interface DeviceChanges {
  readonly ip: readonly string[];
  readonly bridge: readonly string[];
  /** To be run when no route leads there any more. */
  readonly end: readonly string[];
  /** It is made (anew): routes over it are gone with the old one. */
  readonly isNew: boolean;
}

function deviceChanges(kernel: KernelVxlan | undefined, desired: DesiredRoutes, choice: VxlanChoice): DeviceChanges {
  const { vxlan } = desired;
  const remove = `link delete ${vxlanName}`;
  if (vxlan === undefined) return { ip: [], bridge: [], end: kernel === undefined ? [] : [remove], isNew: false };
  const fits = kernel?.mac === vxlan.mac && kernel.id === choice.id && kernel.port === choice.port;
  const current = fits ? kernel : undefined;
  const ip: string[] = [];
  if (kernel !== undefined && !fits) ip.push(remove);
  if (current === undefined)
    ip.push(`link add ${vxlanName} address ${vxlan.mac} type vxlan id ${choice.id} dstport ${choice.port} nolearning`);
  if (current?.mtu !== vxlan.mtu || !current.isUp) ip.push(`link set ${vxlanName} mtu ${vxlan.mtu} up`);
  const { addresses, neighbours, forwarding } = entryChanges(current, desired);
  return { ip: [...ip, ...addresses, ...neighbours], bridge: forwarding, end: [], isNew: current === undefined };
}

function entryChanges(
  kernel: KernelVxlan | undefined,
  { vxlan, peers }: DesiredRoutes,
): { addresses: string[]; neighbours: string[]; forwarding: string[] } {
  const own = new Set(vxlan?.addresses);
  const had = new Set(kernel?.addresses.map(({ address }) => address));
  const macs = new Map(peers.flatMap(({ gateways, mac }) => gateways.map((gateway) => [gateway, mac] as const)));
  const places = new Map(peers.map(({ mac, address }) => [mac, address]));
  const on = `dev ${vxlanName}`;
  return {
    addresses: [
      ...[...own].filter((one) => !had.has(one)).map((one) => `address add ${one}/${whole(one)} ${on}`),
      ...[...had].filter((one) => !own.has(one)).map((one) => `address delete ${one}/${whole(one)} ${on}`),
    ],
    neighbours: [
      ...different(macs, kernel?.neighbours).map(
        ([gateway, mac]) => `neigh replace ${gateway} lladdr ${mac} ${on} nud permanent`,
      ),
      ...absent(kernel?.neighbours, macs).map((gateway) => `neigh delete ${gateway} ${on}`),
    ],
    forwarding: [
      ...different(places, kernel?.forwarding).map(
        ([mac, address]) => `fdb replace ${mac} ${on} dst ${address} self permanent`,
      ),
      ...absent(kernel?.forwarding, places).map((mac) => `fdb delete ${mac} ${on} self`),
    ],
  };
}

const whole = (address: string): number => (address.includes(':') ? 128 : 32);

const different = (wanted: ReadonlyMap<string, string>, had?: ReadonlyMap<string, string>): [string, string][] =>
  [...wanted].filter(([key, value]) => had?.get(key) !== value);

const absent = (had: ReadonlyMap<string, string> | undefined, wanted: ReadonlyMap<string, string>): string[] =>
  [...(had?.keys() ?? [])].filter((key) => !wanted.has(key));
