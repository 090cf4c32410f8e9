/** The ways this machine has without the cluster, and by what the cluster's own are known. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MachineRoute } from './ranges.ts';

/** Who made a route (rtnetlink's protocol): a number no routing daemon of /etc/iproute2/rt_protos has. All with it are ours. */
export const routeProtocol = 67;

/** True for the interfaces an agent makes. */
export const isClusterDevice = (name: string): boolean => /^cor(0$|-|acle-)/.test(name);

/** A route as `ip -json route` prints it. */
export interface RouteJson {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

/** True for a route an agent made. */
export const isClusterRoute = ({ protocol }: RouteJson): boolean => protocol === String(routeProtocol);

/** The routes that are there without this cluster, but for the default one and those every interface has in IPv6. */
export function machineRoutes(routes: readonly RouteJson[]): MachineRoute[] {
  return routes
    .filter((route) => !isClusterRoute(route) && route.dst !== 'default' && !isClusterDevice(route.dev ?? ''))
    .filter(({ dst }) => !/^(fe80|ff00)::/.test(dst))
    .map(({ dst, dev = '', gateway }) => ({ range: dst, device: dev, direct: gateway === undefined }));
}

/** Asks `ip` for the routes of IPv4; none where there is no such program, or it does not answer within 10 s. */
export async function readMachineRoutes(): Promise<MachineRoute[]> {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  try {
    const { stdout } = await promisify(execFile)('ip', ['-json', '-4', 'route', 'show'], { env, timeout: 10_000 });
    return machineRoutes(stdout.trim() === '' ? [] : (JSON.parse(stdout) as RouteJson[]));
  } catch {
    return [];
  }
}
