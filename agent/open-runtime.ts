/** Makes what runs containers on this node, as its settings say. Part of the wiring: agent.ts and end-pods.ts use it. */
import { join } from 'node:path';
import { quantityValue } from '../hub/api/quantity.ts';
import { coracleVersion } from '../hub/api/version.ts';
import type { AgentSettings } from '../hub/base/agent-settings.ts';
import type { Clock } from '../hub/base/clock.ts';
import type { Log } from '../hub/base/log.ts';
import { openPrograms } from './open-programs.ts';
import { createRuntimeByHandler } from './runtime/by-handler.ts';
import { chooseCriSocket } from './runtime/cri-socket.ts';
import { createProcessRuntime } from './runtime/process/process.ts';
import type { Runtime } from './runtime/runtime.ts';

/** Options of `openRuntime`. */
export interface OpenRuntimeOptions {
  /** The agent's directory. */
  readonly dir: string;
  readonly settings: AgentSettings;
  /** The kernel's boot id. */
  readonly boot: string;
  /** Addresses of the node. */
  readonly addresses: () => readonly string[];
  /** `trouble` says another thing now. */
  readonly changed?: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** What runs containers here. */
export interface OpenedRuntime {
  readonly runtime: Runtime;
  /** True when it is a container runtime: Pods have a network of their own. */
  readonly containers: boolean;
  /** One sentence while the runtime cannot run Pods. */
  readonly trouble: () => string | undefined;
}

/** The runtime, not started yet. Rejects with one sentence when the settings demand one that is not there. */
export async function openRuntime(options: OpenRuntimeOptions): Promise<OpenedRuntime> {
  const { dir, settings, boot, addresses, clock, log } = options;
  const { runtimeEndpoint: endpoint, podLogsDir } = settings;
  const socket = await chooseCriSocket({ runtime: settings.runtime, endpoint, dir });
  const run = join(dir, 'run');
  const programs = join(dir, 'bin');
  await openPrograms(programs);
  const processes = createProcessRuntime({
    ...{ dir: run, version: coracleVersion, boot, addresses, programs, clock, log },
  });
  if (socket !== undefined) {
    const { createCriRuntime } = await import('./runtime/cri/cri.ts');
    const changed = options.changed ?? ((): void => {});
    const runtime = await createCriRuntime({
      ...{ endpoint: socket, dir: join(dir, 'cri'), podLogsDir, addresses, changed, clock, log },
      logMaxSize: quantityValue(settings.containerLogMaxSize),
      logMaxFiles: settings.containerLogMaxFiles,
    });
    return {
      runtime: createRuntimeByHandler({ usual: runtime, others: { [processes.name]: processes } }),
      containers: true,
      trouble: () => runtime.trouble(),
    };
  }
  return { runtime: processes, containers: false, trouble: () => undefined };
}
