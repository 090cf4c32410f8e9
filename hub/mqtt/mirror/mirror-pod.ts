/** The mirror of a static Pod: pure. API: kubelet's mirror client. */
import type { Pod } from '../../api/pod.ts';
import { configHashAnnotation, configMirrorAnnotation, configSourceAnnotation } from '../../api/static-pod.ts';

/** The mirror Pod of a static Pod as its node reported it. `uid` is the Node's. */
export function mirrorOf(reported: Pod, node: { readonly name: string; readonly uid: string }): Pod {
  const { name, namespace, labels, annotations } = reported.metadata;
  const owner = { apiVersion: 'v1', kind: 'Node', name: node.name, uid: node.uid, controller: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...{ name, namespace },
      ...(labels ? { labels: { ...labels } } : {}),
      annotations: {
        [configSourceAnnotation]: 'file',
        ...annotations,
        [configMirrorAnnotation]: annotations?.[configHashAnnotation] ?? '',
      },
      ownerReferences: [owner],
    },
    spec: { ...structuredClone(reported.spec), nodeName: node.name },
  } as Pod;
}

/** True for Pods that mirror a static one. */
export function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.[configMirrorAnnotation] !== undefined;
}

/** What is to be done so that a node's mirrors are those of `reported`. */
export interface MirrorChange {
  readonly remove: readonly Pod[];
  readonly create: readonly Pod[];
}

/** Compares the mirrors there are with the static Pods of a node. One that is being deleted makes room for a new one. */
export function mirrorChange(reported: readonly Pod[], mirrors: readonly Pod[]): MirrorChange {
  const wanted = new Map(reported.map((pod) => [keyOf(pod), pod]));
  const good = new Set<string>();
  const remove: Pod[] = [];
  for (const mirror of mirrors) {
    const hash = wanted.get(keyOf(mirror))?.metadata.annotations?.[configHashAnnotation];
    const isSame = hash !== undefined && mirror.metadata.annotations?.[configMirrorAnnotation] === hash;
    if (isSame && mirror.metadata.deletionTimestamp === undefined) good.add(keyOf(mirror));
    else remove.push(mirror);
  }
  return { remove, create: [...wanted].flatMap(([key, pod]) => (good.has(key) ? [] : [pod])) };
}

function keyOf({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}
