/** One node as the scheduler sees it: what it offers, who is on it, what is left. */
import { localPathDirAnnotation } from '../api/local-path.ts';
import type { Node } from '../api/node.ts';
import { quantityValue } from '../api/quantity.ts';
import type { Taint } from '../api/scheduling.ts';
import { ClaimedPorts, type HostPort } from './ports.ts';
import { addResources, type Demand, type Resources, resourcesOf } from './resources.ts';

/** What one Pod takes from its node; shared by all Pods of a template. */
export interface Load extends Demand {
  readonly ports: readonly HostPort[];
}

/** API: what a node has of an extended resource may be given away, unless it says how much of it. */
function withExtended(allocatable: Resources, capacity: Resources): Resources {
  for (const [name, amount] of capacity.extended ?? []) {
    allocatable.extended ??= new Map();
    if (!allocatable.extended.has(name)) allocatable.extended.set(name, amount);
  }
  return allocatable;
}

/** A node's room. `set` takes a new Node object, `take` and `free` keep the accounts of Pods on it. */
export class NodeRoom {
  readonly name: string;
  /** A small number no other node of this scheduler has. */
  readonly slot: number;
  labels: Readonly<Record<string, string>> = {};
  taints: readonly Taint[] = [];
  unschedulable = false;
  /** Local-path volumes can be made there. */
  keepsVolumes = false;
  /** False for a name that only Pods speak of: nothing is placed there. */
  present = false;
  allocatable: Resources = resourcesOf(undefined);
  maxPods = 0;
  /** Grows when labels, taints or the unschedulable mark change: what was decided from them is then void. */
  version = 0;
  readonly requested: Resources = resourcesOf(undefined);
  scoredCpu = 0;
  scoredMemory = 0;
  podCount = 0;
  readonly ports = new ClaimedPorts();

  constructor(name: string, slot: number) {
    this.name = name;
    this.slot = slot;
  }

  /** Takes over what `node` says; undefined when the node is gone. */
  set(node: Node | undefined): void {
    this.present = node !== undefined;
    this.version++;
    this.labels = node?.metadata.labels ?? {};
    this.taints = node?.spec.taints ?? [];
    this.unschedulable = node?.spec.unschedulable === true;
    this.keepsVolumes = node?.metadata.annotations?.[localPathDirAnnotation] !== undefined;
    const list = node?.status?.allocatable ?? node?.status?.capacity;
    this.allocatable = withExtended(resourcesOf(list), resourcesOf(node?.status?.capacity));
    this.maxPods = quantityValue(list?.['pods'] ?? '0');
  }

  take(load: Load): void {
    this.#change(load, 1);
  }

  free(load: Load): void {
    this.#change(load, -1);
  }

  #change(load: Load, times: 1 | -1): void {
    addResources(this.requested, load.requests, times);
    this.scoredCpu += load.scoredCpu * times;
    this.scoredMemory += load.scoredMemory * times;
    this.podCount += times;
    if (load.ports.length > 0) this.ports.change(load.ports, times);
  }
}
