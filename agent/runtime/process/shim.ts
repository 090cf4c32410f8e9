/**
 * The tiny supervisor of one host process: two lines of shell that outlive the agent and write down how it ended.
 *
 * The shell (about 0.1 MB of its own memory) is the process's parent, so the exit code is known whoever restarts
 * meanwhile. It runs in a session of its own, the process in another, so killing the process group never kills the
 * witness. `claim` is made with O_EXCL: of two shims started for one container the second ends without doing anything.
 */
import type { ContainerConfig } from '../container.ts';

/** The files through which shim and runtime speak. A file counts once it ends with a newline. */
export interface ShimFiles {
  readonly claim: string;
  /** The first line of the process's /proc/<pid>/stat: pid, session and start. */
  readonly process: string;
  /** The exit code. */
  readonly exit: string;
}

/** What the shim is told beside the command. */
export interface ShimOptions {
  readonly files: ShimFiles;
  readonly workingDir: string;
  /** Absolute path of `setsid`. */
  readonly setsid: string;
  /** Words before the command, such as `setpriv --reuid 1000`. */
  readonly prefix: readonly string[];
  /** `cgroup.procs` files to join, best effort. */
  readonly cgroups: readonly string[];
  readonly config: Pick<ContainerConfig, 'command' | 'args'>;
}

/** Runs as the container's own process: says who it is, joins its cgroups, becomes the command. No shell builtin here forks. */
const inner = [
  'read -r stat </proc/self/stat; echo "$stat" >"$1"; shift',
  'while [ "$1" != -- ]; do echo $$ >"$1"; shift; done 2>/dev/null; shift',
  'ulimit -c 0; cd "$1" || exit 128; shift',
  'exec "$@"',
].join('\n');

/** Waits for it. The empty traps are handlers, not SIG_IGN, so the command starts with default signals. */
const outer = [
  'set -C; { echo $$ >"$1"; } 2>/dev/null || exit 0; set +C; exit=$2; shift 2',
  'trap : TERM INT HUP QUIT; code=0; "$@" || code=$?; echo $code >"$exit"',
].join('\n');

/** The argument vector of /bin/sh. */
export function shimArguments(options: ShimOptions): string[] {
  const { files, config } = options;
  return [
    '-c',
    outer,
    'coracle-shim',
    files.claim,
    files.exit,
    options.setsid,
    '/bin/sh',
    '-c',
    inner,
    'coracle-start',
    files.process,
    ...options.cgroups,
    '--',
    options.workingDir,
    ...options.prefix,
    ...config.command,
    ...config.args,
  ];
}

/** The text of a shim's file when it is whole. */
export function wholeLine(text: string): string | undefined {
  return text.endsWith('\n') ? text.slice(0, -1) : undefined;
}
