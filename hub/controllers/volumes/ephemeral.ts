/** Generic ephemeral volumes: a claim for each, owned by its Pod, so that it goes with the Pod. */
import { isAlreadyExists } from '../../api/errors.ts';
import { controllerOf, type KubeObject } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod, Volume } from '../../api/pod.ts';
import { persistentVolumeClaims, pods } from '../../api/resource.ts';
import type { EphemeralVolumeSource } from '../../api/volume-source.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry } from '../../registry/registry.ts';
import { controllerReference } from '../claim.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { createController, keyOf, splitKey } from '../controller.ts';

const mark = Buffer.from('"ephemeral":{');

/** The claim of one ephemeral volume. */
export function ephemeralClaim(pod: Pod, volume: Volume): KubeObject {
  const template = (volume.ephemeral as EphemeralVolumeSource | undefined)?.volumeClaimTemplate;
  const { labels, annotations } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${pod.metadata.name}-${volume.name}`,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(pod)],
    },
    spec: structuredClone(template?.spec ?? {}),
  };
}

/** Makes the claims. */
export function createEphemeralVolumeController(context: ControllerContext): Part {
  const { registry } = context;
  const writer = writerOf('ephemeral-volume-controller');
  const recorder = recorderOf(context, 'ephemeral_volume');
  const ensure = async (pod: Pod, volume: Volume): Promise<void> => {
    const { namespace = '', name } = pod.metadata;
    const claim = ephemeralClaim(pod, volume);
    const there = registry.get(persistentVolumeClaims, namespace, claim.metadata.name ?? '');
    if (there === undefined) {
      try {
        await registry.create(persistentVolumeClaims, namespace, claim, writer);
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
      return;
    }
    if (controllerOf(there.object())?.uid === pod.metadata.uid) return;
    const why = `PVC ${namespace}/${there.name} was not created for pod ${namespace}/${name} (pod is not owner)`;
    const message = `ephemeral volume ${volume.name}: ${why}`;
    recorder.record({ about: pod, type: 'Warning', reason: 'FailedBinding', message });
  };
  const reconcile = async (key: string): Promise<Again> => {
    const { namespace, name } = splitKey(key);
    const pod = registry.get(pods, namespace, name)?.object<Pod>();
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || hasEnded(pod.status?.phase))
      return undefined;
    for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral !== undefined) await ensure(pod, volume);
    return undefined;
  };
  const hasEphemeral = (entry: Entry): boolean => context.pods.of(entry).hasClaims && entry.bytes.includes(mark);
  /** A claim that was deleted under its Pod is made again. */
  const ownerKeys = ({ type, entry }: Change): string[] => {
    const owner = type === 'DELETED' ? controllerOf(entry.object()) : undefined;
    return owner?.kind === 'Pod' ? [`${entry.namespace}/${owner.name}`] : [];
  };
  return createController({
    name: 'ephemeral-volume',
    context,
    interests: [
      { ref: pods, keys: ({ type, entry }) => (type === 'ADDED' && hasEphemeral(entry) ? [keyOf(entry)] : []) },
      { ref: persistentVolumeClaims, keys: ownerKeys },
    ],
    *initial() {
      for (const entry of registry.entries(pods)) yield hasEphemeral(entry) ? keyOf(entry) : undefined;
    },
    reconcile,
  });
}
