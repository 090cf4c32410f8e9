/** Secret volumes. */
import type { SecretVolumeSource } from '../../hub/api/pod.ts';
import { keyedFiles } from './keyed-files.ts';
import type { VolumeFile } from './volume-file.ts';
import type { VolumeSources } from './volumes.ts';

/** Their files; throws VolumeError when something is missing. */
export function secretFiles(source: SecretVolumeSource, sources: VolumeSources): VolumeFile[] {
  const name = source.secretName ?? '';
  const object = sources.secret(name);
  const data = object && new Map<string, Buffer>();
  for (const [key, value] of Object.entries(object?.data ?? {})) data?.set(key, Buffer.from(value, 'base64'));
  return keyedFiles({ ...source, kind: 'secret', name, data });
}
