/** Starting one container as a host process: what is refused, what the command becomes, and the shim around it. */
import { spawn } from 'node:child_process';
import { chown, constants, open, stat } from 'node:fs/promises';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Cgroup } from './cgroup.ts';
import type { StoredContainer } from './record.ts';
import { shimArguments } from './shim.ts';
import type { ContainerConfig } from '../container.ts';
import { RuntimeError } from '../runtime.ts';

/** The programs of the machine the shim needs; undefined where there is none. `programs`: a directory that comes first in PATH. */
export interface HostTools {
  readonly setsid: string | undefined;
  readonly setpriv: string | undefined;
  readonly programs: string | undefined;
}

/** Where programs of this machine are looked for when nothing says where. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The first executable file called `name` on `path`. */
export async function findExecutable(name: string, path: string, cwd: string): Promise<string | undefined> {
  const candidates = name.includes('/')
    ? [isAbsolute(name) ? name : join(cwd, name)]
    : path.split(delimiter).map((directory) => join(directory === '' ? cwd : directory, name));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      if ((await stat(candidate)).isFile()) return candidate;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** Finds what the shim needs on this machine. */
export async function findHostTools(programs?: string): Promise<HostTools> {
  return {
    setsid: await findExecutable('setsid', defaultPath, '/'),
    setpriv: await findExecutable('setpriv', defaultPath, '/'),
    programs,
  };
}

/** The environment of a host process: the container's own over what every program on this machine expects, with `programs` first in its PATH. Nothing else of the agent's leaks. */
function hostEnvironment(config: ContainerConfig, home: string, programs: string | undefined): Record<string, string> {
  const path = process.env['PATH'] ?? defaultPath;
  const volumes: Record<string, string> = {};
  for (const mount of config.mounts) volumes[volumeVariable(mount.volume)] = mount.hostPath;
  const first = programs === undefined ? '' : `${programs}${delimiter}`;
  return { PATH: `${first}${path}`, HOME: home, ...volumes, ...config.environment };
}

/** A host process sees no mounts, so each mounted volume's directory is in `CORACLE_VOLUME_<NAME>`. */
function volumeVariable(volume: string): string {
  return `CORACLE_VOLUME_${volume.toUpperCase().replaceAll('-', '_')}`;
}

/** Words before the command that make it run as the wanted user. */
function userPrefix(config: ContainerConfig, tools: HostTools): string[] {
  const user = config.user;
  const own = process.getuid?.();
  const uid = user?.uid ?? own;
  if (user === undefined || uid === undefined || (uid === own && user.gid === undefined)) return [];
  if (own !== 0) {
    if (uid === own) return [];
    throw new RuntimeError(
      'CreateContainerConfigError',
      `container "${config.name}" asks for user ${uid}, but the agent runs as user ${own ?? 'unknown'} and cannot change that: start it as root, or leave runAsUser out`,
    );
  }
  if (tools.setpriv === undefined)
    throw new RuntimeError('CreateContainerConfigError', 'runAsUser needs the program setpriv (package util-linux)');
  const gid = user.gid ?? uid;
  const groups =
    user.groups === undefined || user.groups.length === 0 ? ['--clear-groups'] : ['--groups', user.groups.join(',')];
  return [tools.setpriv, '--reuid', String(uid), '--regid', String(gid), ...groups, '--'];
}

/** Starts the shim; resolves when the kernel has it. Its own exit is reported through `exited`. */
export async function startShim(options: {
  config: ContainerConfig;
  container: StoredContainer;
  tools: HostTools;
  cgroup: Cgroup | undefined;
  exited: () => void;
}): Promise<number> {
  const { config, container, tools } = options;
  if (tools.setsid === undefined)
    throw new RuntimeError('RunContainerError', 'host processes need the program setsid (package util-linux)');
  const prefix = userPrefix(config, tools);
  const work = join(container.directory, 'work');
  if (config.user !== undefined && process.getuid?.() === 0)
    await chown(work, config.user.uid ?? 0, config.user.gid ?? config.user.uid ?? 0);
  const environment = hostEnvironment(config, work, tools.programs);
  const workingDir = config.workingDir === undefined || config.workingDir === '' ? work : config.workingDir;
  await refuseMissing(config, environment['PATH'] ?? defaultPath, workingDir);
  const log = await open(logFile(container), 'a', 0o600);
  try {
    const child = spawn(
      '/bin/sh',
      shimArguments({
        files: container.files,
        workingDir,
        setsid: tools.setsid,
        prefix,
        cgroups: options.cgroup?.joins ?? [],
        config,
      }),
      { detached: true, stdio: ['ignore', log.fd, log.fd], env: environment, cwd: '/' },
    );
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid ?? 0));
    });
    child.unref();
    child.once('exit', options.exited);
    return pid;
  } catch (error) {
    throw new RuntimeError('RunContainerError', `could not start ${config.command[0] ?? ''}: ${String(error)}`, {
      cause: error,
    });
  } finally {
    await log.close();
  }
}

/** The file a container's output goes to. */
export function logFile(container: StoredContainer): string {
  return join(container.directory, 'log');
}

/** The notes beside it (log-times.ts). */
export function timesFile(container: StoredContainer): string {
  return join(container.directory, 'log.times');
}

/** What a shell would only say in the log is said in the Pod's status. */
async function refuseMissing(config: ContainerConfig, path: string, workingDir: string): Promise<void> {
  const program = config.command[0] ?? '';
  const directory = await stat(workingDir).catch(() => undefined);
  if (directory?.isDirectory() !== true)
    throw new RuntimeError('RunContainerError', `workingDir "${workingDir}" is not a directory of this machine`);
  if ((await findExecutable(program, path, workingDir)) === undefined)
    throw new RuntimeError(
      'RunContainerError',
      `exec: "${program}": executable file not found in $PATH of this machine`,
    );
}

/** Refuses what only an image can answer. */
export function refuseImageOnly(config: ContainerConfig): void {
  if (config.command.length > 0) return;
  throw new RuntimeError(
    'CreateContainerConfigError',
    `container "${config.name}" has no command: the process runtime runs programs of this machine and cannot take the command from image "${config.image}"; set "command", or run this Pod on a node with a container runtime`,
  );
}
