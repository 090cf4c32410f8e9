/** Which new Pods a node that is short of something takes. API: a kubelet's eviction admission. Pure. */
import type { Pod } from '../../hub/api/pod.ts';
import { tolerates } from '../../hub/api/tolerations.ts';
import { isCritical } from './cost.ts';
import type { Pressure } from './signal.ts';

const memoryTaint = { key: 'node.kubernetes.io/memory-pressure', effect: 'NoSchedule' } as const;

/** Why the Pod may not begin; undefined when it may. Short of memory only, Pods that asked for some still may. */
export function refusalUnder(
  pressures: ReadonlySet<Pressure>,
  pod: Pod,
): { readonly reason: string; readonly message: string } | undefined {
  if (pressures.size === 0 || isCritical(pod)) return undefined;
  const memoryOnly = pressures.size === 1 && pressures.has('MemoryPressure');
  if (memoryOnly && asksForSomething(pod)) return undefined;
  if (memoryOnly && (pod.spec.tolerations ?? []).some((each) => tolerates(each, memoryTaint))) return undefined;
  return { reason: 'Evicted', message: `The node had condition: [${[...pressures].join(' ')}]. ` };
}

const asksForSomething = ({ status }: Pod): boolean => (status?.qosClass ?? 'BestEffort') !== 'BestEffort';
