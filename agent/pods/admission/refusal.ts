/** What this node cannot run beside what it runs already: the last word on Pods that were bound past the scheduler. Pure. */
import { matchesNode } from '../../../hub/api/node-affinity.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Taint } from '../../../hub/api/scheduling.ts';
import { untolerated } from '../../../hub/api/tolerations.ts';
import { podRequests } from './pod-resources.ts';
import { forbiddenSysctl } from './sysctls.ts';

/** Why a Pod may not start here; its phase becomes Failed. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** The node as a new Pod finds it. */
export interface AdmittingNode {
  readonly name: string;
  /** Unset while the node does not know its own object. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  /** Thousandths of a core, bytes, and Pods. */
  readonly allocatable: { readonly cpu: number; readonly memory: number; readonly pods: number };
  /** Names, or `prefix.*`, of sysctls Pods may set beside the safe ones. */
  readonly allowedSysctls: readonly string[];
}

interface HostPort {
  readonly port: number;
  readonly protocol: string;
  readonly ip: string;
}

const anyAddress = '0.0.0.0';

/** API: kubelet's admission. `running` are the Pods that were let in and have not ended, with what they were granted. */
export function refusal(pod: Pod, running: readonly Pod[], node: AdmittingNode): Refusal | undefined {
  return operatingSystem(pod) ?? sysctls(pod, node) ?? resources(pod, running, node) ?? place(pod, running, node);
}

function refused(reason: string, message: string): Refusal {
  return { reason, message: `Pod was rejected: ${message}` };
}

function operatingSystem({ spec }: Pod): Refusal | undefined {
  if (spec.os === undefined || spec.os.name === 'linux') return undefined;
  return refused('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS");
}

function sysctls({ spec }: Pod, { allowedSysctls }: AdmittingNode): Refusal | undefined {
  const name = forbiddenSysctl(spec, allowedSysctls);
  return name === undefined ? undefined : refused('SysctlForbidden', `forbidden sysctl: "${name}" not allowlisted`);
}

/** What a Pod asks for and the node has too little left of. */
export interface Lack {
  readonly name: 'pods' | 'cpu' | 'memory';
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

/** The first thing the node has too little of beside `running`; undefined: the Pod fits. */
export function lackOf(pod: Pod, running: readonly Pod[], { allocatable }: AdmittingNode): Lack | undefined {
  const used = { cpu: 0, memory: 0, pods: running.length };
  for (const other of running) {
    const { cpu, memory } = podRequests(other);
    used.cpu += cpu;
    used.memory += memory;
  }
  const wanted = { ...podRequests(pod), pods: 1 };
  for (const name of ['pods', 'cpu', 'memory'] as const)
    if (wanted[name] > 0 && wanted[name] + used[name] > allocatable[name])
      return { name, requested: wanted[name], used: used[name], capacity: allocatable[name] };
  return undefined;
}

function resources(pod: Pod, running: readonly Pod[], node: AdmittingNode): Refusal | undefined {
  const lack = lackOf(pod, running, node);
  if (lack === undefined) return undefined;
  const { name, requested, used, capacity } = lack;
  const message = `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return refused(`OutOf${name}`, message);
}

function place(pod: Pod, running: readonly Pod[], node: AdmittingNode): Refusal | undefined {
  const { name, labels, taints } = node;
  if (labels !== undefined && !matchesNode(pod.spec, name, labels))
    return refused('NodeAffinity', 'Predicate NodeAffinity failed');
  const wanted = [...hostPorts(pod)];
  for (const other of wanted.length === 0 ? [] : running)
    for (const taken of hostPorts(other))
      if (wanted.some((one) => collide(one, taken))) return refused('NodePorts', 'Predicate NodePorts failed');
  // API: a Pod of the node's own manifests stays whatever the taints are
  if (pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file') return undefined;
  const unwelcome = untolerated(taints ?? [], pod.spec.tolerations ?? [], ['NoExecute']);
  return unwelcome === undefined ? undefined : refused('TaintToleration', 'Predicate TaintToleration failed');
}

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
