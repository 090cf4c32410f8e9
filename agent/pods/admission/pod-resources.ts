/** What a Pod's containers may use together, its class of service, and who goes first when memory is short. Pure. */
import type { Container } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { parseQuantity } from '../../../hub/api/quantity.ts';
import type { PodResources, QosClass } from '../../runtime/sandbox.ts';
import { isSidecar } from '../situation.ts';

type List = 'requests' | 'limits';

/** Cores or bytes of one container; undefined when it says nothing (0 is a word). */
function amountOf(container: Container, list: List, resource: string): number | undefined {
  const text = container.resources?.[list]?.[resource];
  return text === undefined ? undefined : parseQuantity(text);
}

/** What `container` asks for; API: a limit without a request is one. */
function requested(container: Container, resource: string): number {
  return amountOf(container, 'requests', resource) ?? amountOf(container, 'limits', resource) ?? 0;
}

/** API: the sum of what runs together; an init container runs beside the sidecars before it only. */
function together(pod: Pod, amount: (container: Container) => number): number {
  let sidecars = 0;
  let initial = 0;
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) {
      sidecars += amount(container);
      initial = Math.max(initial, sidecars);
    } else initial = Math.max(initial, sidecars + amount(container));
  }
  const main = pod.spec.containers.reduce((sum, container) => sum + amount(container), 0);
  return Math.max(initial, main + sidecars);
}

function overhead(pod: Pod, resource: string): number {
  const text = pod.spec.overhead?.[resource];
  return text === undefined ? 0 : (parseQuantity(text) ?? 0);
}

/** API: a limit of the whole Pod exists where the Pod names one, or every container has one. */
function limitOf(pod: Pod, resource: string): number | undefined {
  const own = pod.spec.resources?.limits?.[resource];
  if (own !== undefined) return (parseQuantity(own) ?? 0) + overhead(pod, resource);
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  if (all.some((container) => !amountOf(container, 'limits', resource))) return undefined;
  return together(pod, (container) => amountOf(container, 'limits', resource) ?? 0) + overhead(pod, resource);
}

/** The class the hub gave it; a Pod without one has asked for nothing. */
function qosOf(pod: Pod): QosClass {
  const given = pod.status?.qosClass;
  return given === 'Guaranteed' || given === 'Burstable' ? given : 'BestEffort';
}

/** What the Pod asks of its node: thousandths of a core and bytes. */
export function podRequests(pod: Pod): { cpu: number; memory: number } {
  const own = (resource: string): number | undefined => {
    const text = pod.spec.resources?.requests?.[resource] ?? pod.spec.resources?.limits?.[resource];
    return text === undefined ? undefined : parseQuantity(text);
  };
  const sum = (resource: string): number =>
    (own(resource) ?? together(pod, (each) => requested(each, resource))) + overhead(pod, resource);
  return { cpu: Math.ceil(Number((sum('cpu') * 1000).toFixed(6))), memory: Math.ceil(sum('memory')) };
}

/** API: the Pod's own control group as a kubelet sets it. */
export function podResources(pod: Pod): PodResources {
  const own = pod.spec.resources?.requests?.['cpu'];
  const cores =
    (own === undefined ? together(pod, (each) => requested(each, 'cpu')) : (parseQuantity(own) ?? 0)) +
    overhead(pod, 'cpu');
  const cpuLimit = limitOf(pod, 'cpu');
  const memoryLimit = limitOf(pod, 'memory');
  return {
    qos: qosOf(pod),
    cpuShares: Math.max(2, Math.floor(cores * 1024)),
    ...(cpuLimit === undefined ? {} : { cpuLimit }),
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
  };
}

/** API: the value of the priority class system-node-critical; such Pods go last. */
const nodeCritical = 2_000_001_000;

/** The kernel's oom_score_adj for a container; `memory` is the node's, in bytes. */
export function oomScore(pod: Pod, container: Container, memory: number): number {
  if ((pod.spec.priority ?? 0) >= nodeCritical) return -997;
  const qos = qosOf(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const score = 1000 - Math.floor((1000 * requested(container, 'memory')) / Math.max(1, memory));
  return Math.min(999, Math.max(3, score));
}
