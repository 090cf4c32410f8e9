/** A Pod out of the template of its controller. */
import type { KubeObject } from '../api/object.ts';
import type { Pod, PodTemplateSpec } from '../api/pod.ts';
import { controllerReference } from './claim.ts';

/** The start of the name of all Pods of a controller. API: a prefix that would be no valid name alone is used without its dash. */
function podPrefix(name: string): string {
  return `${name}-`;
}

/** A new Pod of `owner`; the caller may still change it. */
export function podFromTemplate(template: PodTemplateSpec | undefined, owner: KubeObject): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: podPrefix(owner.metadata.name ?? ''),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template?.spec ?? { containers: [] }),
  };
}
