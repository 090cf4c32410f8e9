/** How good a node is for a Pod: least allocated, evenly used, preferred, welcome; from 0 to 100 each. */
import type { Load, NodeRoom } from './node-room.ts';

/** Reported use of a node as shares of what it has, 0 to 1. */
export interface ReportedLoad {
  readonly cpu: number;
  readonly memory: number;
}

function freeShare(used: number, capacity: number): number {
  return capacity <= 0 || used > capacity ? 0 : (capacity - used) / capacity;
}

/** Higher where more is left after this Pod. API: LeastAllocated over cpu and memory. */
export function leastAllocated(load: Load, node: NodeRoom): number {
  const cpu = freeShare(node.scoredCpu + load.scoredCpu, node.allocatable.cpu);
  const memory = freeShare(node.scoredMemory + load.scoredMemory, node.allocatable.memory);
  return 50 * (cpu + memory);
}

/** Higher where cpu and memory would be used alike. API: BalancedAllocation. */
export function balanced(load: Load, node: NodeRoom): number {
  const cpu = Math.min(1, (node.scoredCpu + load.scoredCpu) / Math.max(1, node.allocatable.cpu));
  const memory = Math.min(1, (node.scoredMemory + load.scoredMemory) / Math.max(1, node.allocatable.memory));
  return 100 * (1 - Math.abs(cpu - memory) / 2);
}

/** Higher where the device itself says it has less to do. */
export function reported(load: ReportedLoad | undefined): number {
  if (load === undefined) return 50;
  return 50 * (freeShare(load.cpu, 1) + freeShare(load.memory, 1));
}

/** Stretches `value` so that the best of `most` is 100. */
export function share(value: number, most: number): number {
  return most <= 0 ? 0 : (100 * value) / most;
}
