/** Volumes this node cannot provide: which one it is, in words a user can act on. */
import type { Volume } from '../../hub/api/pod.ts';
import { UnprocessedVolume } from './unprocessed.ts';
import { VolumeError } from './volumes.ts';

/** The error for a volume of a kind nothing here knows. */
export function unsupported(volume: Volume): VolumeError {
  if (volume.csi !== undefined) {
    const driver = String(volume.csi['driver'] ?? '');
    return new VolumeError(
      `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`,
    );
  }
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'unknown';
  return new UnprocessedVolume(
    `failed to get Plugin from volumeSpec for volume "${volume.name}" err=no volume plugin matched: this node cannot provide volumes of kind ${kind}`,
  );
}
