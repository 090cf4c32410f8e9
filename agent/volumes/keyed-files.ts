/** Files named after keys of an object: what ConfigMaps and Secrets have in common. */
import type { KeyToPath } from '../../hub/api/pod.ts';
import { safePath, usualMode, type VolumeFile } from './volume-file.ts';
import { VolumeError } from './volumes.ts';

/** An object and what a volume wants of it. */
export interface KeyedSource {
  /** As the messages name it. */
  readonly kind: 'configmap' | 'secret';
  readonly name: string;
  /** Undefined: there is no such object. */
  readonly data: ReadonlyMap<string, Buffer> | undefined;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

/** The files; throws VolumeError when something is missing that is not optional. */
export function keyedFiles({ kind, name, data, items, optional, defaultMode }: KeyedSource): VolumeFile[] {
  const mode = defaultMode ?? usualMode;
  if (data === undefined) {
    if (optional === true) return [];
    throw new VolumeError(`${kind} "${name}" not found`);
  }
  if (items === undefined || items.length === 0)
    return [...data].map(([path, content]) => ({ path: safePath(path), content, mode }));
  return items.flatMap((item) => {
    const content = data.get(item.key);
    if (content !== undefined) return [{ path: safePath(item.path), content, mode: item.mode ?? mode }];
    if (optional === true) return [];
    const word = kind === 'configmap' ? 'config' : 'secret';
    throw new VolumeError(`references non-existent ${word} key: ${item.key}`);
  });
}
