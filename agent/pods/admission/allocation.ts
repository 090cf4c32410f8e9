/** What the node has granted a Pod's containers: the words of its spec until a resize is asked for. Pure. */
import type { Container, ResourceRequirements } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { parseQuantity } from '../../../hub/api/quantity.ts';
import type { PodCheckpoint } from '../../state/checkpoints.ts';

/** API: what can be resized in place. */
const resizable = ['cpu', 'memory'] as const;

/** The Pod with the resources its containers were granted. */
export function allocatedPod(pod: Pod, checkpoint: PodCheckpoint): Pod {
  const granted = (container: Container): Container => {
    const resources = checkpoint.containers[container.name]?.resources;
    return resources === undefined || sameResources(resources, container.resources)
      ? container
      : { ...container, resources };
  };
  const { containers, initContainers } = pod.spec;
  const next = containers.map(granted);
  const init = initContainers?.map(granted);
  const same = (a: readonly Container[] = [], b: readonly Container[] = []): boolean =>
    a.every((each, index) => each === b[index]);
  if (same(containers, next) && same(initContainers, init)) return pod;
  return { ...pod, spec: { ...pod.spec, containers: next, ...(init === undefined ? {} : { initContainers: init }) } };
}

/** True when both ask for the same amounts, however they are written. */
export function sameResources(a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): boolean {
  return changedResources(a, b).length === 0;
}

/** Which of cpu and memory differ between two words about one container. */
export function changedResources(a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): string[] {
  const amount = (list: Record<string, string> | undefined, name: string): number | undefined =>
    list?.[name] === undefined ? undefined : parseQuantity(list[name]);
  return resizable.filter(
    (name) =>
      amount(a?.limits, name) !== amount(b?.limits, name) || amount(a?.requests, name) !== amount(b?.requests, name),
  );
}
