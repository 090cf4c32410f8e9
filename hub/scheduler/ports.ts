/** Host ports: which ones a Pod claims on its node, and when two claims collide. */
import type { PodSpec } from '../api/pod.ts';

/** One claim. `ip` 0.0.0.0 means every address of the node. */
export interface HostPort {
  readonly protocol: string;
  readonly port: number;
  readonly ip: string;
}

const anyAddress = '0.0.0.0';

/** The host ports of all containers that run together (sidecars included). */
export function hostPorts(spec: PodSpec): readonly HostPort[] {
  const found: HostPort[] = [];
  const lasting = (spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...spec.containers, ...lasting]) {
    for (const { hostPort, protocol, hostIP } of container.ports ?? []) {
      if (hostPort === undefined || hostPort <= 0) continue;
      found.push({
        port: hostPort,
        protocol: protocol ?? 'TCP',
        ip: hostIP === undefined || hostIP === '' ? anyAddress : hostIP,
      });
    }
  }
  return found;
}

/** The claimed ports of one node. */
export class ClaimedPorts {
  readonly #claims = new Map<string, Map<string, number>>();

  /** Counts `ports` once more, or once less when `times` is -1. */
  change(ports: readonly HostPort[], times: 1 | -1): void {
    for (const { protocol, port, ip } of ports) {
      const key = `${protocol}/${port}`;
      const addresses = this.#claims.get(key) ?? new Map<string, number>();
      const count = (addresses.get(ip) ?? 0) + times;
      if (count > 0) addresses.set(ip, count);
      else addresses.delete(ip);
      if (addresses.size > 0) this.#claims.set(key, addresses);
      else this.#claims.delete(key);
    }
  }

  /** True when none of `ports` is claimed on the same address, and no claim meets one on every address. */
  free(ports: readonly HostPort[]): boolean {
    return ports.every(({ protocol, port, ip }) => {
      const addresses = this.#claims.get(`${protocol}/${port}`);
      return addresses === undefined || (ip !== anyAddress && !addresses.has(anyAddress) && !addresses.has(ip));
    });
  }
}
