/** The Pods of a StatefulSet: each with a number, a name of its own, and claims that stay when it goes. */
import type { KubeObject } from '../../api/object.ts';
import type { Pod, PodTemplateSpec } from '../../api/pod.ts';
import type { StatefulSet, StatefulSetSpec } from '../../api/stateful-set.ts';
import { revisionHashLabel } from '../history.ts';
import { podFromTemplate } from '../pod-template.ts';

const nameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';

/** A StatefulSet as the registry holds it: always with a spec. */
export type SpecifiedSet = StatefulSet & { readonly spec: StatefulSetSpec };

/** The number of a Pod of the set, or undefined when its name is none of the set's. */
export function ordinalOf(set: string, pod: string): number | undefined {
  const digits = pod.startsWith(`${set}-`) ? pod.slice(set.length + 1) : '';
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

/** The numbers a set wants Pods of: `start` up to, and without, `end`. */
export function ordinals(set: SpecifiedSet): { readonly start: number; readonly end: number } {
  const start = set.spec.ordinals?.start ?? 0;
  return { start, end: start + (set.spec.replicas ?? 1) };
}

/** False: the set has been scaled below the Pod of that number. */
export function isWanted(set: SpecifiedSet, ordinal: number): boolean {
  const { start, end } = ordinals(set);
  return ordinal >= start && ordinal < end;
}

/** The claims of the Pod with that number. */
export function claimsOf(set: SpecifiedSet, ordinal: number): KubeObject[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: `${template.metadata.name}-${set.metadata.name}-${ordinal}`,
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
    },
    spec: structuredClone(template.spec),
  }));
}

/** The Pod with that number, out of the template of a revision. */
export function statefulPod(set: SpecifiedSet, template: PodTemplateSpec, ordinal: number, revision: string): Pod {
  const pod = podFromTemplate(template, set);
  const name = `${set.metadata.name}-${ordinal}`;
  pod.metadata.name = name;
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [nameLabel]: name,
    [indexLabel]: String(ordinal),
    [revisionHashLabel]: revision,
  };
  pod.spec.hostname = name;
  if ((set.spec.serviceName ?? '') !== '') pod.spec.subdomain = set.spec.serviceName ?? '';
  const claimed = (set.spec.volumeClaimTemplates ?? []).map((one) => ({
    name: one.metadata.name ?? '',
    persistentVolumeClaim: { claimName: `${one.metadata.name}-${name}` },
  }));
  const others = (pod.spec.volumes ?? []).filter((volume) => !claimed.some((one) => one.name === volume.name));
  if (claimed.length + others.length > 0) pod.spec.volumes = [...claimed, ...others];
  return pod;
}
