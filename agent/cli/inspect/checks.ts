/** Every check, from causes to what they cause. */
import { certificates, cluster, daemons, settings } from './cluster-checks.ts';
import type { Check } from './finding.ts';
import { cgroupMemory, clock, disk, firewall, hostname, inotify, memory } from './machine-checks.ts';
import { addresses, cniPlugins, containerRuntime, hubSeen, ports, programs, routes } from './network-checks.ts';

/** In the order in which failures are told. */
export const checks: readonly Check[] = [
  disk,
  clock,
  settings,
  ports,
  addresses,
  certificates,
  hubSeen,
  cgroupMemory,
  containerRuntime,
  programs,
  cniPlugins,
  routes,
  daemons,
  cluster,
  memory,
  inotify,
  hostname,
  firewall,
];
