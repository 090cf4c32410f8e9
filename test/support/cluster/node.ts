/** One node of a cluster: its place in the network, its containerd, its agent. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinNode, type Outcome, run } from '../coracle.ts';
import { type Containerd, startContainerd } from './containerd.ts';
import type { NodePlace } from './network.ts';

/** A node that has joined. */
export interface ClusterNode extends NodePlace {
  readonly name: string;
  /** Everything of this node is below it. */
  readonly dir: string;
  /** Its data directory, as `--data-dir` takes it. */
  readonly dataDir: string;
  readonly podLogsDir: string;
  readonly staticPodsDir: string;
  readonly containerd: Containerd;
  readonly agent: {
    /** Read anew at each call. */
    readonly pid: number;
    readonly log: string;
    /** SIGKILL; resolves when the process is gone. */
    kill(): Promise<void>;
    start(): Promise<void>;
  };
  /** Runs a command in its network namespace. */
  run(words: readonly string[], input?: string): Promise<Outcome>;
}

/** Starts a node and joins it. */
export async function startNode(options: {
  name: string;
  dir: string;
  place: NodePlace;
  joinUrl: string;
  runtime: 'containerd' | 'process';
  /** Settings of its agent beside those it needs here. */
  settings: Readonly<Record<string, unknown>>;
  joinArgs: readonly string[];
  sandboxImage: string;
  registries: readonly string[];
}): Promise<ClusterNode> {
  const { name, dir, place } = options;
  const { within } = place;
  const dataDir = join(dir, 'data');
  const podLogsDir = join(dir, 'logs');
  const staticPodsDir = join(dir, 'static-pods');
  for (const each of [podLogsDir, staticPodsDir, join(dataDir, 'agent')]) mkdirSync(each, { recursive: true });
  const { sandboxImage, registries } = options;
  const containerd = await startContainerd({ dir: join(dir, 'containerd'), within, sandboxImage, registries });
  const settings = {
    runtimeEndpoint: containerd.socket,
    cniConfDir: containerd.cniConfDir,
    podLogsDir,
    staticPodsDir,
    ...options.settings,
  };
  // what is written before joining is kept
  writeFileSync(join(dataDir, 'agent', 'settings.json'), JSON.stringify(settings));
  const args = ['--runtime', options.runtime, ...options.joinArgs];
  const machine = await joinNode(options.joinUrl, name, args, { dir: dataDir, within });
  return {
    ...place,
    name,
    dir,
    dataDir,
    podLogsDir,
    staticPodsDir,
    containerd,
    agent: {
      get pid() {
        return machine.pid('agent');
      },
      log: join(dataDir, 'agent', 'agent.log'),
      kill: () => machine.kill('agent'),
      start: () => machine.start([], within),
    },
    run(words, input) {
      const [program = '', ...rest] = [...within, ...words];
      return run(program, rest, input === undefined ? {} : { input });
    },
  };
}
