/** `look PATH…`: what a file or directory is, one line of JSON for each. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';

/** Magic numbers of file systems (statfs(2)). */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  40864: 'proc',
  1650812274: 'sysfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
};

/** Bytes of content that are shown. */
const shown = 65_536;

function look(path: string): object {
  try {
    const link = lstatSync(path).isSymbolicLink() ? { link: readlinkSync(path) } : {};
    const found = statSync(path);
    const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
    const fileSystem = statfsSync(path).type;
    return {
      path,
      kind,
      ...link,
      mode: (found.mode & 0o7777).toString(8).padStart(4, '0'),
      uid: found.uid,
      gid: found.gid,
      size: found.size,
      fileSystem: fileSystems[fileSystem] ?? fileSystem.toString(16),
      ...inside(path, kind),
    };
  } catch (error) {
    return { path, error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

function inside(path: string, kind: string): object {
  try {
    if (kind === 'file') return { content: readFileSync(path).toString('utf8', 0, shown) };
    return kind === 'directory' ? { entries: readdirSync(path).sort() } : {};
  } catch (error) {
    return { unreadable: (error as NodeJS.ErrnoException).code };
  }
}

/** Looks at each path; never fails. */
export async function command(paths: string[]): Promise<void> {
  for (const path of paths) process.stdout.write(`${JSON.stringify(look(path))}\n`);
}
