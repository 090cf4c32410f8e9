/** A file of a volume that is made of API objects. */
import { VolumeError } from './volumes.ts';

/** One file, its path relative to the volume. */
export interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
  /** User it belongs to; unset: the agent's own. */
  readonly owner?: number;
}

/** API: defaultMode unless the volume says otherwise. */
export const usualMode = 0o644;

/** The API checks this too; a path that leaves the volume must never be written whoever sent it. Throws VolumeError. */
export function safePath(path: string): string {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..') === true)
    throw new VolumeError(`invalid path in a volume: ${path}`);
  return path;
}
