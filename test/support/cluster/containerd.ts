/** A containerd of its own for each node: root, state, socket, configuration, network configuration. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, run } from '../coracle.ts';
import { cniPlugins } from './available.ts';
import { type Daemon, startDaemon } from './daemon.ts';

/** The namespace of containerd that holds what CRI makes. */
const criNamespace = 'k8s.io';

/** A node's container runtime. */
export interface Containerd extends Daemon {
  readonly dir: string;
  readonly socket: string;
  readonly log: string;
  /** Where it looks for its network configuration. */
  readonly cniConfDir: string;
  /** Runs `ctr` in CRI's namespace. */
  ctr(args: readonly string[]): Promise<Outcome>;
  /** `ctr run`: a container that is not a Pod's, with `flags` of ctr. To its end, unless it is to stay. */
  run(
    reference: string,
    id: string,
    words: readonly string[],
    options?: { stays?: boolean; flags?: readonly string[] },
  ): Promise<Outcome>;
  /**
   * Runs a program in a container that is there. ctr loses what a program says that ends at once, so one that is silent is run
   * again, unless it `mayBeSilent`: a program that can run twice, then.
   */
  exec(
    container: string,
    words: readonly string[],
    options?: { mayBeSilent?: boolean; flags?: readonly string[] },
  ): Promise<Outcome>;
  /** Ends a container that stays, and removes it. */
  remove(id: string): Promise<void>;
  /** `ctr images pull` as CRI pulls: with this node's registries. Throws with its words when it fails. */
  pull(reference: string, login?: { user: string; password: string }): Promise<void>;
}

/** How often a program that says something is run. */
const mostTurns = 4;

/** Plugins of no use here: file systems this machine may not have, and what only other runtimes ask for. */
const disabled = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.native',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
];

function configuration(dir: string, sandboxImage: string, streams: string): string {
  const file = (name: string): string => JSON.stringify(join(dir, name));
  return `version = 2
root = ${file('root')}
state = ${file('state')}
disabled_plugins = ${JSON.stringify(disabled)}
[grpc]
  address = ${file('containerd.sock')}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${JSON.stringify(sandboxImage)}
  stream_server_address = ${JSON.stringify(streams)}
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${JSON.stringify(cniPlugins)}
    conf_dir = ${file('cni')}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = ${file('runc')}
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${file('registries')}
`;
}

/**
 * Starts one in `dir`. `registries` are the hosts (`address:port`) to be spoken to without TLS; `streams` is the address of
 * its streaming server, for who is not in its network namespace.
 */
export async function startContainerd(options: {
  dir: string;
  within: readonly string[];
  sandboxImage: string;
  registries: readonly string[];
  streams?: string;
}): Promise<Containerd> {
  const { dir, streams = '127.0.0.1' } = options;
  const cniConfDir = join(dir, 'cni');
  mkdirSync(cniConfDir, { recursive: true });
  for (const host of options.registries) {
    const hosts = join(dir, 'registries', host);
    mkdirSync(hosts, { recursive: true });
    const toml = `server = "http://${host}"\n[host."http://${host}"]\n  capabilities = ["pull", "resolve"]\n`;
    writeFileSync(join(hosts, 'hosts.toml'), toml);
  }
  const config = join(dir, 'config.toml');
  writeFileSync(config, configuration(dir, options.sandboxImage, streams));
  const socket = join(dir, 'containerd.sock');
  const log = join(dir, 'log');
  const daemon = await startDaemon({
    name: 'containerd',
    within: options.within,
    command: ['containerd', '--config', config],
    log,
    listens: { path: socket },
  });
  const ctr = (args: readonly string[]): Promise<Outcome> =>
    run('ctr', ['--address', socket, '--namespace', criNamespace, ...args]);
  return {
    get pid() {
      return daemon.pid;
    },
    start: daemon.start,
    kill: daemon.kill,
    dir,
    socket,
    log,
    cniConfDir,
    ctr,
    run(reference, id, words, { stays = false, flags = [] } = {}) {
      // what ctr would put into directories that all containerds share
      const places = ['--runc-root', join(dir, 'runc'), '--fifo-dir', join(dir, 'fifo')];
      return ctr(['run', ...places, stays ? '--detach' : '--rm', ...flags, reference, id, ...words]);
    },
    async exec(container, words, { mayBeSilent = false, flags = [] } = {}) {
      for (let turn = 1; ; turn += 1) {
        const answer = await ctr(['tasks', 'exec', '--exec-id', `x${randomUUID()}`, ...flags, container, ...words]);
        if (mayBeSilent || turn === mostTurns || answer.stdout + answer.stderr !== '') return answer;
      }
    },
    async remove(id) {
      await ctr(['tasks', 'rm', '--force', id]);
      const { code, stderr } = await ctr(['containers', 'rm', id]);
      if (code !== 0) throw new Error(`removing ${id}: ${stderr}`);
    },
    async pull(reference, login) {
      const user = login === undefined ? [] : ['--user', `${login.user}:${login.password}`];
      const words = ['images', 'pull', '--hosts-dir', join(dir, 'registries'), ...user, reference];
      const { code, stdout, stderr } = await ctr(words);
      if (code !== 0) throw new Error(`pulling ${reference}: ${stderr}${stdout}`);
    },
  };
}
