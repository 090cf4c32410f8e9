/** Which files the sources made of API objects hold: ConfigMaps, Secrets, the downward API, projections of them. */
import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  SecretVolumeSource,
  VolumeProjection,
} from '../../hub/api/pod.ts';
import { VolumeError, type VolumeSources } from './volumes.ts';

/** One file, its path relative to the volume. */
export interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

const usual = 0o644;

/** Files of a ConfigMap volume. */
export function configMapFiles(source: ConfigMapVolumeSource, sources: VolumeSources): VolumeFile[] {
  const object = sources.configMap(source.name ?? '');
  const data = object && {
    ...mapValues(object.data, (value) => Buffer.from(value)),
    ...mapValues(object.binaryData, (value) => Buffer.from(value, 'base64')),
  };
  return keyedFiles({ ...source, kind: 'configmap', name: source.name ?? '', data });
}

/** Files of a Secret volume. */
export function secretFiles(source: SecretVolumeSource, sources: VolumeSources): VolumeFile[] {
  const object = sources.secret(source.secretName ?? '');
  const data = object && mapValues(object.data, (value) => Buffer.from(value, 'base64'));
  return keyedFiles({ ...source, kind: 'secret', name: source.secretName ?? '', data });
}

/** Files of a downward API volume. */
export function downwardFiles(source: DownwardAPIVolumeSource, sources: VolumeSources): VolumeFile[] {
  return (source.items ?? []).map((item) => {
    const value = item.fieldRef === undefined ? undefined : sources.field(item.fieldRef);
    const amount = item.resourceFieldRef === undefined ? undefined : sources.resource(item.resourceFieldRef);
    const content = value ?? amount;
    if (content === undefined) throw new VolumeError(`downwardAPI: nothing is known for the file ${item.path}`);
    return { path: safePath(item.path), content: Buffer.from(content), mode: item.mode ?? source.defaultMode ?? usual };
  });
}

/** Files of a projected volume; of two files with one path the later source wins. */
export async function projectedFiles(source: ProjectedVolumeSource, sources: VolumeSources): Promise<VolumeFile[]> {
  const files = new Map<string, VolumeFile>();
  for (const projection of source.sources ?? [])
    for (const file of await projectionFiles(projection, source.defaultMode ?? usual, sources))
      files.set(file.path, file);
  return [...files.values()];
}

async function projectionFiles(
  projection: VolumeProjection,
  defaultMode: number,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  if (configMap !== undefined) return configMapFiles({ ...configMap, defaultMode }, sources);
  if (secret !== undefined) {
    const { name = '', ...rest } = secret;
    return secretFiles({ ...rest, secretName: name, defaultMode }, sources);
  }
  if (downwardAPI !== undefined) return downwardFiles({ ...downwardAPI, defaultMode }, sources);
  if (serviceAccountToken !== undefined) {
    const token = await sources.token(serviceAccountToken);
    if (token === undefined) return [];
    return [{ path: safePath(serviceAccountToken.path), content: Buffer.from(token), mode: 0o600 }];
  }
  throw new VolumeError(`this node cannot provide projected ${Object.keys(projection)[0] ?? 'nothing'}`);
}

interface Keyed {
  readonly kind: string;
  readonly name: string;
  readonly data: Readonly<Record<string, Buffer>> | undefined;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

function keyedFiles(source: Keyed): VolumeFile[] {
  const mode = source.defaultMode ?? usual;
  if (source.data === undefined) {
    if (source.optional === true) return [];
    throw new VolumeError(`${source.kind} "${source.name}" not found`);
  }
  const data = source.data;
  if (source.items === undefined)
    return Object.entries(data).map(([path, content]) => ({ path: safePath(path), content, mode }));
  return source.items.flatMap((item) => {
    const content = data[item.key];
    if (content !== undefined) return [{ path: safePath(item.path), content, mode: item.mode ?? mode }];
    if (source.optional === true) return [];
    throw new VolumeError(`references non-existent config key: ${item.key} of ${source.kind} "${source.name}"`);
  });
}

/** The API checks this too; a path that leaves the volume must never be written whoever sent it. */
function safePath(path: string): string {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..') === true)
    throw new VolumeError(`invalid path in a volume: ${path}`);
  return path;
}

function mapValues<T>(
  map: Readonly<Record<string, string>> | undefined,
  change: (value: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, change(value)]));
}
