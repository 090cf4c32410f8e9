/** What a Pod's volumes are made of: held objects, its own fields, tokens and images. */
import type { Pod, ServiceAccountTokenProjection } from '../../../hub/api/pod.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import type { VolumeSources } from '../../volumes/volumes.ts';
import type { ReferencedObjects } from './environment.ts';
import { type FieldContext, podField, resourceField } from './fields.ts';
import type { ImagePulls } from '../images.ts';
import { podResources } from '../admission/pod-resources.ts';
import type { VolumeObjects } from '../references.ts';

/** Where they are found. */
export interface VolumeSourcesInput {
  readonly pod: Pod;
  readonly objects: ReferencedObjects & VolumeObjects;
  readonly fields: FieldContext;
  /** Unset where containers are made without images. */
  readonly images: ImagePulls | undefined;
  readonly hostProcesses: boolean;
  token(projection: ServiceAccountTokenProjection): Promise<string | undefined>;
}

/** The sources. */
export function volumeSources(input: VolumeSourcesInput): VolumeSources {
  const { pod, fields, images } = input;
  const { configMap, secret, claim, persistentVolume } = input.objects;
  const limit = podResources(pod).memoryLimit;
  return {
    ...{ configMap, secret, claim, persistentVolume },
    field: (selector) => podField(pod, selector.fieldPath, fields),
    resource(selector) {
      const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      const container = all.find((each) => each.name === selector.containerName);
      return container === undefined ? undefined : resourceField(container, selector, fields);
    },
    token: (projection) => input.token(projection),
    async image({ reference = '', pullPolicy }, directory) {
      if (images === undefined)
        throw new RuntimeError('CreateContainerError', 'image volumes need a container runtime: this node has none');
      const policy = pullPolicy === undefined ? {} : { imagePullPolicy: pullPolicy };
      await images.fetch(pod, { name: '', image: reference, ...policy }, input.objects);
      await images.images.mount(reference, directory);
    },
    hostProcesses: input.hostProcesses,
    memory: { node: fields.allocatable.memory, ...(limit === undefined ? {} : { pod: limit }) },
  };
}
