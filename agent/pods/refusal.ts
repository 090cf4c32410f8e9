/** What this node cannot run beside what it runs already: the last word on Pods that were bound past the scheduler. Pure. */
import type { Pod } from '../../hub/api/pod.ts';

/** Why a Pod may not start here; its phase becomes Failed. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

const anyAddress = '0.0.0.0';

function* hostPorts({ spec }: Pod): Iterable<HostPort> {
  for (const { ports = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { hostPort, protocol = 'TCP', hostIP } of ports) {
      if (hostPort) yield { port: hostPort, protocol, ip: hostIP === undefined || hostIP === '' ? anyAddress : hostIP };
    }
  }
}

function collide(a: HostPort, b: HostPort): boolean {
  if (a.port !== b.port || a.protocol !== b.protocol) return false;
  return a.ip === b.ip || a.ip === anyAddress || b.ip === anyAddress;
}

/** API: kubelet's admission. `running` are the Pods that were let in and have not ended. */
export function refusal(pod: Pod, running: Iterable<Pod>): Refusal | undefined {
  const wanted = [...hostPorts(pod)];
  if (wanted.length === 0) return undefined;
  for (const other of running) {
    for (const taken of hostPorts(other)) {
      if (!wanted.some((one) => collide(one, taken))) continue;
      return { reason: 'NodePorts', message: 'Pod was rejected: Predicate NodePorts failed' };
    }
  }
  return undefined;
}
