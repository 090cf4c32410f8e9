/** ConfigMap volumes. */
import type { ConfigMapVolumeSource } from '../../hub/api/pod.ts';
import { keyedFiles } from './keyed-files.ts';
import type { VolumeFile } from './volume-file.ts';
import type { VolumeSources } from './volumes.ts';

/** Their files; throws VolumeError when something is missing. */
export function configMapFiles(source: ConfigMapVolumeSource, sources: VolumeSources): VolumeFile[] {
  const name = source.name ?? '';
  const object = sources.configMap(name);
  const data = object && new Map<string, Buffer>();
  for (const [key, value] of Object.entries(object?.data ?? {})) data?.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) data?.set(key, Buffer.from(value, 'base64'));
  return keyedFiles({ ...source, kind: 'configmap', name, data });
}
