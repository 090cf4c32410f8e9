/** Where containers' logs lie on this node: those of a container runtime, and those of host processes. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Origin } from './entry.ts';
import type { Format } from './parse.ts';

/** One file. */
export interface LogFile {
  readonly path: string;
  readonly format: Format;
  readonly origin: Origin;
  /** The same after a renaming, another for another file. */
  readonly identity: string;
  readonly size: number;
  /** The file beside it that holds what was cut away. */
  readonly former?: { readonly path: string; readonly size: number };
}

/** What was found, and the directories in which more appears. */
export interface Found {
  /** Of one container the older first. */
  readonly files: readonly LogFile[];
  readonly directories: readonly string[];
}

/** The directories to look in. */
export interface Places {
  /** API: podLogsDir. */
  readonly pods: string;
  /** Where the process runtime keeps its containers; undefined: nowhere. */
  readonly processes: string | undefined;
  /** A Pod whose logs are left out: the collector's own. */
  readonly own: string;
}

/** Looks at everything anew. */
export async function findLogs(places: Places): Promise<Found> {
  const [one, other] = await Promise.all([ofPods(places), ofProcesses(places)]);
  return { files: [...one.files, ...other.files], directories: [...one.directories, ...other.directories] };
}

const names = (directory: string): Promise<string[]> =>
  readdir(directory).then(
    (found) => found.sort(),
    () => [],
  );

async function ofPods({ pods, own }: Places): Promise<Found> {
  const files: LogFile[] = [];
  const directories = [pods];
  for (const folder of await names(pods)) {
    // API: NAMESPACE_NAME_UID; the names have no underscore
    const [, namespace = '', pod = '', uid = ''] = /^([^_]+)_([^_]+)_([^_]+)$/.exec(folder) ?? [];
    if (uid === '' || uid === own) continue;
    directories.push(join(pods, folder));
    for (const container of await names(join(pods, folder))) {
      const directory = join(pods, folder, container);
      directories.push(directory);
      const found = (await names(directory))
        .map((name) => /^(\d+)\.log(\.[\d-]+)?$/.exec(name))
        .filter((match) => match !== null)
        // those that were moved aside come before the one that is written
        .sort((a, b) => Number(a[1]) - Number(b[1]) || ((a[2] ?? '~') < (b[2] ?? '~') ? -1 : 1));
      for (const [name, attempt] of found) {
        const origin = { namespace, pod, uid, container, attempt: Number(attempt) };
        const file = await look(join(directory, name));
        if (file !== undefined) files.push({ ...file, format: 'cri', origin });
      }
    }
  }
  return { files, directories };
}

interface Record {
  pod?: { namespace?: string; name?: string; uid?: string };
  name?: string;
  attempt?: number;
}

async function ofProcesses({ processes, own }: Places): Promise<Found> {
  if (processes === undefined) return { files: [], directories: [] };
  const files: LogFile[] = [];
  const directories = [processes];
  for (const folder of await names(processes)) {
    const directory = join(processes, folder);
    const text = await readFile(join(directory, 'record.json'), 'utf8').catch(() => '{}');
    const { pod, name: container = '', attempt = 0 } = JSON.parse(text) as Record;
    const { namespace = '', name = '', uid = '' } = pod ?? {};
    if (uid === '' || uid === own) continue;
    directories.push(directory);
    const file = await look(join(directory, 'log'));
    if (file === undefined) continue;
    const former = await look(join(directory, 'log.1'));
    const origin = { namespace, pod: name, uid, container, attempt };
    files.push({ ...file, format: 'raw', origin, ...(former === undefined ? {} : { former }) });
  }
  return { files, directories };
}

async function look(path: string): Promise<Pick<LogFile, 'path' | 'identity' | 'size'> | undefined> {
  try {
    const { dev, ino, birthtimeMs, size } = await stat(path);
    return { path, identity: `${dev}:${ino}:${Math.round(birthtimeMs)}`, size };
  } catch {
    return undefined;
  }
}
