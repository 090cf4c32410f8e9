/** Limits of a Pod on its node's own disk. API: emptyDir.sizeLimit and limits of ephemeral-storage. Pure. */
import type { Container } from '../../hub/api/container.ts';
import type { Pod } from '../../hub/api/pod.ts';
import { parseQuantity } from '../../hub/api/quantity.ts';
import { diskOf, type PodCost } from './cost.ts';
import { bytes } from './message.ts';

const storage = 'ephemeral-storage';

/** True when anything of the Pod is limited, so that it must be measured. */
export function hasLocalLimits({ spec }: Pod): boolean {
  const limitedVolume = (spec.volumes ?? []).some(
    ({ emptyDir }) => emptyDir?.medium !== 'Memory' && emptyDir?.sizeLimit !== undefined,
  );
  return (
    limitedVolume || limitOf(spec) !== undefined || all(spec).some((container) => limitOf(container) !== undefined)
  );
}

/** Why the Pod must go: a limit it has passed; undefined while it keeps to them. API: a kubelet's order and words. */
export function brokenLimit(cost: PodCost): string | undefined {
  return brokenVolume(cost) ?? brokenPod(cost) ?? brokenContainer(cost);
}

function brokenVolume({ pod, volumes }: PodCost): string | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = parseQuantity(emptyDir?.sizeLimit ?? '0') ?? 0;
    if (limit > 0 && (volumes.get(name) ?? 0) > limit)
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir?.sizeLimit}". `;
  }
  return undefined;
}

/** API: the limit of the whole Pod is its own, else the sum of its containers' when each has one. */
function brokenPod(cost: PodCost): string | undefined {
  const { spec } = cost.pod;
  const limits = spec.containers.map(limitOf);
  const sum = limits.every((limit) => limit !== undefined) ? limits.reduce((a, b) => a + b, 0) : undefined;
  const limit = limitOf(spec) ?? sum;
  if (limit === undefined || limit === 0 || diskOf(cost) <= limit) return undefined;
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytes(limit)}. `;
}

function brokenContainer({ pod, containers }: PodCost): string | undefined {
  for (const container of all(pod.spec)) {
    const limit = limitOf(container);
    if (limit !== undefined && limit > 0 && (containers.get(container.name)?.disk ?? 0) > limit)
      return `Container ${container.name} exceeded its local ephemeral storage limit "${container.resources?.limits?.[storage]}". `;
  }
  return undefined;
}

const all = (spec: Pod['spec']): Container[] => [...(spec.initContainers ?? []), ...spec.containers];

function limitOf({ resources }: Pick<Container, 'resources'>): number | undefined {
  const text = resources?.limits?.[storage];
  return text === undefined ? undefined : parseQuantity(text);
}
