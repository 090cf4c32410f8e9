/** The files a container's log was moved aside into: `<log>.<YYYYMMDD-hhmmss>`, later gzipped. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Paths of everything that was moved aside from `log`, and what an interrupted rotation left, oldest first. */
export async function rotations(log: string): Promise<string[]> {
  const directory = dirname(log);
  const names = await readdir(directory).catch(() => []);
  const begin = `${basename(log)}.`;
  return names
    .filter((name) => name.startsWith(begin))
    .sort()
    .map((name) => join(directory, name));
}

/** Where `log` is moved at `time` (Unix milliseconds). Names sort by age, so they are in UTC. */
export function rotationName(log: string, time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().split(/[T.]/);
  return `${log}.${date.replaceAll('-', '')}-${clock.replaceAll(':', '')}`;
}

/** What to do with the files there are so that, after one more rotation, no more than `limit` are left with the log itself. */
export interface RotationPlan {
  readonly remove: readonly string[];
  readonly compress: readonly string[];
}

/** Pure. `files` as `rotations` finds them. A file that was gzipped is not needed twice, one half written not at all. */
export function planRotation(files: readonly string[], limit: number): RotationPlan {
  const spare = (file: string): boolean => file.endsWith('.tmp') || files.includes(`${file}.gz`);
  const kept = files.filter((file) => !spare(file));
  const excess = kept.slice(0, Math.max(0, kept.length - Math.max(0, limit - 2)));
  return {
    remove: [...files.filter(spare), ...excess],
    compress: kept.slice(excess.length).filter((file) => !file.endsWith('.gz')),
  };
}
