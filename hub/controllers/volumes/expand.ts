/** Claims that ask for more: a local-path volume is as large as its node's disk, so it only has to say so. */
import { compareQuantities } from '../../api/exact-quantity.ts';
import { localPathProvisioner } from '../../api/local-path.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../api/resource.ts';
import { isBound, provisionedBy } from '../../api/volume-binding.ts';
import { isNotFound } from '../../api/errors.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, own, splitKey } from '../controller.ts';

/** The size a bound claim asks for when it has less; undefined when there is nothing to do. Admission has asked the class. */
export function wantedSize(claim: PersistentVolumeClaim): string | undefined {
  const size = claim.spec?.resources?.requests?.['storage'] ?? '0';
  if (!isBound(claim) || claim.status?.phase !== 'Bound') return undefined;
  return compareQuantities(size, claim.status.capacity?.['storage'] ?? '0') > 0 ? size : undefined;
}

/** Enlarges. */
export function createVolumeExpander(context: ControllerContext): Part {
  const { registry } = context;
  const writer = writerOf('expand-controller');
  const recorder = recorderOf(context, 'volume_expand');
  const enlarge = async (claim: PersistentVolumeClaim, storage: string): Promise<void> => {
    const { namespace = '', name = '', uid } = claim.metadata;
    const volumeName = claim.spec?.volumeName ?? '';
    const volume = registry.get(persistentVolumes, '', volumeName)?.object<PersistentVolume>();
    if (volume?.metadata.annotations?.[provisionedBy] !== localPathProvisioner) return;
    const grow = ({ spec }: PersistentVolume): void => {
      if (spec !== undefined && compareQuantities(spec.capacity?.['storage'] ?? '0', storage) < 0)
        spec.capacity = { storage };
    };
    await registry.modify<PersistentVolume>(persistentVolumes, '', volumeName, grow, writer);
    const say = (now: PersistentVolumeClaim): void => {
      if (now.metadata.uid === uid) now.status = { ...now.status, capacity: { storage } };
    };
    const options = { ...writer, subresource: 'status' };
    await registry.modify<PersistentVolumeClaim>(persistentVolumeClaims, namespace, name, say, options);
    const message = `ExpandVolume succeeded for volume ${namespace}/${name}`;
    recorder.record({ about: claim, type: 'Normal', reason: 'VolumeResizeSuccessful', message });
  };
  const reconcile = async (key: string): Promise<Again> => {
    const { namespace, name } = splitKey(key);
    const claim = registry.get(persistentVolumeClaims, namespace, name)?.object<PersistentVolumeClaim>();
    const size = claim === undefined ? undefined : wantedSize(claim);
    try {
      if (claim !== undefined && size !== undefined) await enlarge(claim, size);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  };
  return createController({
    name: 'volume-expand',
    context,
    interests: [own(persistentVolumeClaims)],
    initial: () => allKeys(context, persistentVolumeClaims),
    reconcile,
  });
}
