/** Refuses ranges of the cluster that are in use already. Pure. */
import { clashing, type MachineRoute, overlap, parseRange } from './ranges.ts';

/** Throws an Error, one sentence that names the setting, when the two ranges overlap or one clashes with a route of this machine. */
export function refuseClashes(
  settings: { readonly clusterCidr: string; readonly serviceCidr: string },
  routes: readonly MachineRoute[],
): void {
  const { clusterCidr, serviceCidr } = settings;
  const [pods, services] = [parseRange(clusterCidr), parseRange(serviceCidr)];
  if (pods !== undefined && services !== undefined && overlap(pods, services))
    throw new Error(`clusterCidr ${clusterCidr} and serviceCidr ${serviceCidr} overlap: choose ranges that do not`);
  for (const [name, text, range] of [
    ['clusterCidr', clusterCidr, pods],
    ['serviceCidr', serviceCidr, services],
  ] as const) {
    const route = range === undefined ? undefined : clashing(range, routes);
    if (route === undefined) continue;
    const way = `${route.range} on ${route.device}`;
    throw new Error(`${name} ${text} is in use on this machine (route ${way}): choose another range for ${name}`);
  }
}
