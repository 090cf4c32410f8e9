/** Which kernel settings a Pod may have: those its own namespaces keep to themselves. Pure. */
import type { PodSpec } from '../../../hub/api/pod.ts';

/** API: the safe set of v1.36. Those of a namespace the Pod shares with the node are the node's. */
const safe: Readonly<Record<string, 'ipc' | 'network'>> = {
  'kernel.shm_rmid_forced': 'ipc',
  'net.ipv4.ip_local_port_range': 'network',
  'net.ipv4.tcp_syncookies': 'network',
  'net.ipv4.ping_group_range': 'network',
  'net.ipv4.ip_unprivileged_port_start': 'network',
  'net.ipv4.ip_local_reserved_ports': 'network',
  'net.ipv4.tcp_keepalive_time': 'network',
  'net.ipv4.tcp_fin_timeout': 'network',
  'net.ipv4.tcp_keepalive_intvl': 'network',
  'net.ipv4.tcp_keepalive_probes': 'network',
  'net.ipv4.tcp_rmem': 'network',
  'net.ipv4.tcp_wmem': 'network',
};

/** Namespaces of other settings that can be had when the node allows them, by their beginning. */
const namespaced: readonly (readonly [string, 'ipc' | 'network'])[] = [
  ['kernel.sem', 'ipc'],
  ['kernel.shm', 'ipc'],
  ['kernel.msg', 'ipc'],
  ['fs.mqueue.', 'ipc'],
  ['net.', 'network'],
];

/** The first setting the Pod may not have; `allowed` are names, or beginnings that end with `*`. */
export function forbiddenSysctl(spec: PodSpec, allowed: readonly string[]): string | undefined {
  const shared = { ipc: spec.hostIPC === true, network: spec.hostNetwork === true };
  return spec.securityContext?.sysctls
    ?.map(({ name }) => name.replaceAll('/', '.'))
    .find((name) => {
      const isSafe = safe[name];
      if (isSafe !== undefined && !shared[isSafe]) return false;
      const listed = allowed.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : each === name));
      const namespace = namespaced.find(([prefix]) => name.startsWith(prefix))?.[1];
      return !listed || namespace === undefined || shared[namespace];
    });
}
