/** How much of the disk lies below directories: asked of du(1), which needs a fraction of what walking them here would. */
import { execFile } from 'node:child_process';

/** At most so many directories are asked for at once: an argument list has an end. */
const atOnce = 200;
/** Longest wait for one answer, in milliseconds. */
const patience = 60_000;

/** Bytes by path; a path that is not there, or cannot be read, is left out. Other file systems mounted below do not count. */
export async function diskUsage(paths: readonly string[], signal: AbortSignal): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let from = 0; from < paths.length; from += atOnce) {
    const output = await du(paths.slice(from, from + atOnce), signal);
    for (const line of output.split('\n')) {
      const [kibibytes, path] = line.split('\t');
      if (path !== undefined) found.set(path, Number(kibibytes) * 1024);
    }
  }
  return found;
}

/** What disappears while it is being counted makes du fail, and what it printed right nevertheless. */
function du(paths: readonly string[], signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const options = { signal, timeout: patience, maxBuffer: 2 ** 20 };
    execFile('du', ['-skx', '--', ...paths], options, (_error, stdout) => resolve(stdout));
  });
}
