/** What belongs to a cluster, found from outside: its processes and its mounts. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** A process that lives. */
export interface OwnProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // it ended while we looked
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** A namespace file's identity, in the form of /proc/PID/ns/net. */
function namespaceIdentity(file: string): string {
  try {
    return `net:[${statSync(file).ino}]`;
  } catch {
    return 'none';
  }
}

/** True where a process lives in a root file system that a runtime below `dir` has made. */
function hasRootIn(pid: number, dir: string): boolean {
  const root = read(`/proc/${pid}/mountinfo`)
    .split('\n')
    .find((line) => line.split(' ')[4] === '/');
  return root?.includes(`${dir}/`) ?? false;
}

/**
 * The processes of a directory: those whose command line or environment names something in it, that are in one of the network
 * namespaces, whose root is made of its files, and everything below these. Never this process; zombies have ended.
 */
export function ownProcesses(dir: string, netns: readonly string[]): OwnProcess[] {
  // with the slash: another directory's name may begin with this one's
  const inside = `${dir}/`;
  const networks = new Set(netns.map(namespaceIdentity));
  const all = new Map<number, OwnProcess>();
  const own = new Set<number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // after the command's name, which may hold anything: state and parent (proc(5))
    const [state, parent] = (read(`/proc/${pid}/stat`).split(') ').at(-1) ?? '').split(' ');
    if (state === undefined || parent === undefined || state === 'Z' || state === 'X') continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    // the kernel's own threads have none
    if (command === '') continue;
    all.set(pid, { pid, parent: Number(parent), command });
    const isOwn =
      command.includes(inside) ||
      networks.has(link(`/proc/${pid}/ns/net`)) ||
      read(`/proc/${pid}/environ`).includes(inside) ||
      hasRootIn(pid, dir);
    if (isOwn) own.add(pid);
  }
  const belongs = ({ pid, parent }: OwnProcess): boolean => {
    if (own.has(pid)) return true;
    const above = all.get(parent);
    return above !== undefined && belongs(above);
  };
  return [...all.values()].filter(belongs);
}

/** What is mounted below a directory, in the order it was mounted. */
export function mountsBelow(dir: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((path) => path.startsWith(`${dir}/`));
}
