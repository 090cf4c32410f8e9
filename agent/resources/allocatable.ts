/** What of a machine Pods may have: all of it but what is reserved and what must be left. Pure. */
import { parseQuantity, quantityOrShare } from '../../hub/api/quantity.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';

/** Cores and bytes. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
}

/** API: capacity less systemReserved, kubeReserved and the hard eviction thresholds. */
export function allocatable(capacity: Amounts, settings: CapacitySettings): Amounts {
  const { systemReserved, kubeReserved, evictionHard } = settings;
  const reserved = (name: string): number =>
    (parseQuantity(systemReserved[name] ?? '0') ?? 0) + (parseQuantity(kubeReserved[name] ?? '0') ?? 0);
  const kept = (signal: string, whole: number): number => quantityOrShare(evictionHard[signal] ?? '0', whole);
  const { cpu, memory, storage } = capacity;
  return {
    cpu: Math.max(0, cpu - reserved('cpu')),
    memory: Math.max(0, memory - reserved('memory') - kept('memory.available', memory)),
    storage: Math.max(0, storage - reserved('ephemeral-storage') - kept('nodefs.available', storage)),
  };
}
