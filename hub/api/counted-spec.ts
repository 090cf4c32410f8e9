/** What of a Pod counts on nodes and in quotas while it is being resized: the greater of what it asks for and what it has. */
import type { Container, ContainerStatus, ResourceRequirements } from './container.ts';
import { compareQuantities } from './exact-quantity.ts';
import type { Pod, PodSpec } from './pod.ts';
import { sameJson } from './same-json.ts';

type Amounts = Readonly<Record<string, string>>;
type Held = Pick<ContainerStatus, 'resources' | 'allocatedResources'>;

function greatest(...lists: readonly (Amounts | undefined)[]): Record<string, string> {
  const most: Record<string, string> = {};
  for (const list of lists) {
    for (const [name, amount] of Object.entries(list ?? {})) {
      const known = most[name];
      if (known === undefined || compareQuantities(amount, known) > 0) most[name] = amount;
    }
  }
  return most;
}

/** API: a resize the node cannot ever carry out does not count, only what is there. */
function counted(asked: ResourceRequirements | undefined, held: Held, infeasible: boolean): ResourceRequirements {
  const { resources, allocatedResources } = held;
  const own = infeasible ? {} : (asked ?? {});
  return {
    ...asked,
    requests: greatest(own.requests, resources?.requests, allocatedResources),
    limits: greatest(own.limits, resources?.limits),
  };
}

const isEmpty = (amounts: Amounts | undefined): boolean => amounts === undefined || Object.keys(amounts).length === 0;

function isAsAsked(asked: ResourceRequirements | undefined, { resources, allocatedResources }: Held): boolean {
  const same = (one: Amounts | undefined, other: Amounts | undefined): boolean =>
    (isEmpty(one) && isEmpty(other)) || sameJson(one, other);
  return (
    same(asked?.requests, resources?.requests) &&
    same(asked?.limits, resources?.limits) &&
    (allocatedResources === undefined || same(asked?.requests, allocatedResources))
  );
}

/** The spec of a Pod with what counts in place of what is asked for; the spec itself when both are the same. */
export function countedSpec({ spec, status }: Pick<Pod, 'spec' | 'status'>): PodSpec {
  if (status === undefined) return spec;
  const statuses = new Map<string, ContainerStatus>();
  for (const one of status.containerStatuses ?? []) if (one.resources !== undefined) statuses.set(one.name, one);
  for (const one of status.initContainerStatuses ?? []) if (one.resources !== undefined) statuses.set(one.name, one);
  const infeasible = status.conditions?.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  const of = (container: Container): Container => {
    const held = statuses.get(container.name);
    if (held === undefined || isAsAsked(container.resources, held)) return container;
    return { ...container, resources: counted(container.resources, held, infeasible === true) };
  };
  const containers = spec.containers.map(of);
  const initContainers = spec.initContainers?.map((one) => (one.restartPolicy === 'Always' ? of(one) : one));
  const whole: Held = status;
  const wholeCounts =
    spec.resources !== undefined && whole.resources !== undefined && !isAsAsked(spec.resources, whole);
  const same =
    !wholeCounts &&
    containers.every((one, index) => one === spec.containers[index]) &&
    (initContainers ?? []).every((one, index) => one === spec.initContainers?.[index]);
  if (same) return spec;
  return {
    ...spec,
    containers,
    ...(initContainers === undefined ? {} : { initContainers }),
    ...(wholeCounts ? { resources: counted(spec.resources, whole, infeasible === true) } : {}),
  };
}
