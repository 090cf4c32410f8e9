/** Which container runtime a node uses: decided once by what answers, then kept, so that a runtime that is down is waited for. */
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { readIfThere, writePrivate } from '../../hub/base/private-file.ts';

/** Where container runtimes listen, the usual ones first. */
export const usualSockets: readonly string[] = [
  '/run/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/k3s/containerd/containerd.sock',
  // of the snap of this project, which brings one along
  '/run/coracle/containerd.sock',
];

/** How long a socket may take to accept, in milliseconds. */
const patience = 2000;

/** What is to be chosen from. */
export interface SocketChoice {
  readonly runtime: 'auto' | 'containerd' | 'process';
  /** As the settings have it: a path, `unix://` and a path, or empty. */
  readonly endpoint: string;
  /** The agent's directory: what was chosen is kept there. */
  readonly dir: string;
  /** True when something accepts connections at `path`; asked of the kernel unless said. */
  readonly answers?: (path: string) => Promise<boolean>;
}

/** The file that keeps what was chosen. */
export const chosenSocketFile = (dir: string): string => join(dir, 'runtime-endpoint');

/**
 * Path of the CRI socket; undefined for a node that runs host processes. Rejects with one sentence when a container runtime
 * is demanded and none was ever found.
 */
export async function chooseCriSocket(choice: SocketChoice): Promise<string | undefined> {
  const { runtime, dir, answers = accepts } = choice;
  if (runtime === 'process') return undefined;
  const endpoint = choice.endpoint.replace(/^unix:\/\//, '');
  const candidates = endpoint === '' ? usualSockets : [endpoint];
  const before = await readIfThere(chosenSocketFile(dir));
  // known to be right: after a power cut the agent may be up before the runtime is
  if (before !== undefined && candidates.includes(before)) return before;
  for (const path of candidates) {
    if (!(await answers(path))) continue;
    await writePrivate(chosenSocketFile(dir), path);
    return path;
  }
  if (runtime === 'auto') return undefined;
  throw new Error(
    `no container runtime answers at ${candidates.join(' or ')}: start containerd, or set "runtime" to "process" or "auto"`,
  );
}

/** True when something accepts connections at `path` within two seconds. */
export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => done(false));
    socket.once('error', () => done(false));
    socket.once('connect', () => done(true));
  });
}
