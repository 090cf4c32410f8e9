/** What a Pod asks of a node and what a node has to give, as numbers. */
import type { Container } from '../api/container.ts';
import type { PodSpec } from '../api/pod.ts';
import { quantityMilliValue, quantityValue } from '../api/quantity.ts';

/** CPU in thousandths of a core, memory and ephemeral storage in bytes, everything else in its own units. */
export interface Resources {
  cpu: number;
  memory: number;
  storage: number;
  extended: Map<string, number> | undefined;
}

/** What one Pod takes: `scored*` counts a container that asks for nothing as a small one, so that such Pods spread. */
export interface Demand {
  readonly requests: Readonly<Resources>;
  readonly scoredCpu: number;
  readonly scoredMemory: number;
}

/** API scheduler defaults for a container without requests, used in scores only: 100m and 200 MB. */
const unsaidCpu = 100;
const unsaidMemory = 200 * 1024 * 1024;

type ResourceList = Readonly<Record<string, string>>;

/** A list of quantities as numbers; `pods` is left out. */
export function resourcesOf(list: ResourceList | undefined): Resources {
  const result: Resources = { cpu: 0, memory: 0, storage: 0, extended: undefined };
  for (const [name, quantity] of Object.entries(list ?? {})) {
    if (name === 'cpu') result.cpu = quantityMilliValue(quantity);
    else if (name === 'memory') result.memory = quantityValue(quantity);
    else if (name === 'ephemeral-storage') result.storage = quantityValue(quantity);
    else if (name !== 'pods') {
      result.extended ??= new Map();
      result.extended.set(name, quantityValue(quantity));
    }
  }
  return result;
}

/** Adds `by` times `times` in place. */
export function addResources(to: Resources, by: Readonly<Resources>, times = 1): void {
  to.cpu += by.cpu * times;
  to.memory += by.memory * times;
  to.storage += by.storage * times;
  if (by.extended === undefined) return;
  to.extended ??= new Map();
  for (const [name, amount] of by.extended) to.extended.set(name, (to.extended.get(name) ?? 0) + amount * times);
}

function atLeast(to: Resources, other: Readonly<Resources>): void {
  to.cpu = Math.max(to.cpu, other.cpu);
  to.memory = Math.max(to.memory, other.memory);
  to.storage = Math.max(to.storage, other.storage);
  if (other.extended === undefined) return;
  to.extended ??= new Map();
  for (const [name, amount] of other.extended) to.extended.set(name, Math.max(to.extended.get(name) ?? 0, amount));
}

function copyOf(from: Readonly<Resources>): Resources {
  return { ...from, extended: from.extended === undefined ? undefined : new Map(from.extended) };
}

type Read = (container: Container) => Resources;

/**
 * API: the larger of all containers together and each init container while it runs; init containers with
 * restartPolicy Always (sidecars) stay, so they count with all that start after them.
 */
function together(spec: PodSpec, read: Read): Resources {
  const running = resourcesOf(undefined);
  for (const container of spec.containers) addResources(running, read(container));
  const sidecars = resourcesOf(undefined);
  const peak = resourcesOf(undefined);
  for (const container of spec.initContainers ?? []) {
    const asked = read(container);
    if (container.restartPolicy === 'Always') {
      addResources(sidecars, asked);
      addResources(running, asked);
      atLeast(peak, sidecars);
    } else {
      const during = copyOf(sidecars);
      addResources(during, asked);
      atLeast(peak, during);
    }
  }
  atLeast(running, peak);
  return running;
}

function asScored(container: Container): Resources {
  const asked = container.resources?.requests;
  const result = resourcesOf(asked);
  if (asked?.['cpu'] === undefined) result.cpu = unsaidCpu;
  if (asked?.['memory'] === undefined) result.memory = unsaidMemory;
  return result;
}

/** What a Pod of this spec takes on its node. Pod-level requests (spec.resources) win over the containers' sum. */
export function podDemand(spec: PodSpec): Demand {
  const requests = together(spec, (container) => resourcesOf(container.resources?.requests));
  const scored = together(spec, asScored);
  const whole = spec.resources?.requests;
  if (whole?.['cpu'] !== undefined) requests.cpu = scored.cpu = quantityMilliValue(whole['cpu']);
  if (whole?.['memory'] !== undefined) requests.memory = scored.memory = quantityValue(whole['memory']);
  const overhead = resourcesOf(spec.overhead);
  addResources(requests, overhead);
  return { requests, scoredCpu: scored.cpu + overhead.cpu, scoredMemory: scored.memory + overhead.memory };
}
