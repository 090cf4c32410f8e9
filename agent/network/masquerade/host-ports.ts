/** Ports of the node that lead into its Pods, from what is held of the Pods and what the runtime says of their addresses. Pure. */
import type { Pod } from '../../../hub/api/pod.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';

/** One port. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** The node's address it is on; '' is all of them. */
  readonly hostAddress: string;
  readonly hostPort: number;
  /** Where it leads. */
  readonly address: string;
  readonly port: number;
}

const protocols = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** What a Pod may write for every address of a node. */
const everywhere = new Set(['', '0.0.0.0', '::']);

/** True when ports of the node have to be led into this Pod. */
export const hasHostPorts = ({ spec }: Pod): boolean =>
  spec.hostNetwork !== true && containersOf(spec).some(({ ports }) => ports?.some(({ hostPort }) => hostPort));

const containersOf = ({ containers, initContainers = [] }: Pod['spec']): Pod['spec']['containers'] => [
  ...containers,
  // API: init containers that go on beside the others
  ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always'),
];

/**
 * All of them, those of older sandboxes first: of two that want one port, the newer Pod has it. `own` are the node's
 * addresses: a Pod that has those needs nothing.
 */
export function hostPorts(
  pods: Iterable<Pod>,
  sandboxes: readonly SandboxObservation[],
  own: readonly string[],
): HostPort[] {
  const asking = new Map([...pods].filter(hasHostPorts).map((pod) => [pod.metadata.uid, pod]));
  const live = sandboxes.filter(({ ready, uid }) => ready && asking.has(uid));
  live.sort((one, other) => one.createdAt - other.createdAt);
  return live.flatMap(({ uid, addresses }) => {
    const spec = asking.get(uid)?.spec;
    const inside = addresses.filter((address) => !own.includes(address));
    return spec === undefined ? [] : inside.flatMap((address) => portsTo(address, spec));
  });
}

function portsTo(address: string, spec: Pod['spec']): HostPort[] {
  const isV6 = address.includes(':');
  return containersOf(spec).flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP', hostIP = '' }) => {
      const fits = everywhere.has(hostIP) || hostIP.includes(':') === isV6;
      const name = protocols[protocol as keyof typeof protocols];
      if (!hostPort || !fits || name === undefined) return [];
      const hostAddress = everywhere.has(hostIP) ? '' : hostIP;
      return [{ protocol: name, hostAddress, hostPort, address, port: containerPort }];
    }),
  );
}
