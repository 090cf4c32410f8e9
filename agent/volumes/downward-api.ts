/** Downward API volumes: what a Pod may learn of itself. */
import type { DownwardAPIVolumeSource } from '../../hub/api/pod.ts';
import { safePath, usualMode, type VolumeFile } from './volume-file.ts';
import { VolumeError, type VolumeSources } from './volumes.ts';

/** Their files; throws VolumeError for a field there is not. */
export function downwardFiles(source: DownwardAPIVolumeSource, sources: VolumeSources): VolumeFile[] {
  return (source.items ?? []).map(({ fieldRef, resourceFieldRef, path, mode }) => {
    const value = fieldRef === undefined ? undefined : sources.field(fieldRef);
    const amount = resourceFieldRef === undefined ? undefined : sources.resource(resourceFieldRef);
    const content = value ?? amount;
    if (content === undefined) {
      const asked = fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? 'nothing';
      throw new VolumeError(`downwardAPI: nothing is known of ${asked} for the file ${path}`);
    }
    return { path: safePath(path), content: Buffer.from(content), mode: mode ?? source.defaultMode ?? usualMode };
  });
}
