/** Where a hub and an agent keep what they own on this machine. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The files of one data directory. */
export interface DataDir {
  readonly root: string;
  /** Administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  readonly hub: DaemonFiles;
  readonly agent: DaemonFiles;
}

/** The files of one daemon. */
export interface DaemonFiles {
  readonly dir: string;
  readonly settings: string;
  readonly log: string;
  /** Says which process runs now, and on which ports. */
  readonly run: string;
  readonly pki: string;
}

/** The data directory a command means: its flag, else CORACLE_DATA_DIR, else the place for this user. */
export function chooseDataDir(
  flag: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
  userId: number | undefined = process.getuid?.(),
): string {
  const chosen = flag ?? environment['CORACLE_DATA_DIR'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  if (userId === 0) return '/var/lib/coracle';
  const state = environment['XDG_STATE_HOME'];
  // XDG Base Directory: a relative path is to be ignored
  return join(state !== undefined && isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'coracle');
}

/** The files below `root`. */
export function dataDir(root: string): DataDir {
  return {
    root,
    kubeconfig: join(root, 'kubeconfig'),
    hub: daemonFiles(root, 'hub'),
    agent: daemonFiles(root, 'agent'),
  };
}

function daemonFiles(root: string, daemon: 'hub' | 'agent'): DaemonFiles {
  const dir = join(root, daemon);
  return {
    dir,
    settings: join(dir, 'settings.json'),
    log: join(dir, `${daemon}.log`),
    run: join(dir, 'run.json'),
    pki: join(dir, 'pki'),
  };
}
