/** A simulated fleet in a process of its own, joined to a hub with its token as devices are. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataDir } from '../../hub/base/data-dir.ts';
import type { TestHub } from './coracle.ts';

/** What the fleet's process is told. */
export interface FleetPlan {
  readonly joinUrl: string;
  readonly nodes: readonly string[];
  /** Where the nodes' keys are kept. */
  readonly dir: string;
  /** Milliseconds a container takes to start. */
  readonly startDelay?: number;
}

/** A container that runs on a hollow node. */
export interface RunningContainer {
  readonly node: string;
  readonly uid: string;
  readonly pod: string;
  readonly container: string;
  readonly attempt: number;
}

/** What the fleet's process says. */
export interface FleetAnswer {
  readonly containers: readonly RunningContainer[];
}

/** The fleet, seen from the test. */
export interface FleetProcess {
  readonly pid: number;
  containers(): Promise<readonly RunningContainer[]>;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./fleet-main.ts', import.meta.url));

/** The 21 names of a testbed whose machines were numbered long ago, three of which are no more; `g-termln` is the hub. */
export const fogNodes: readonly string[] = Array.from({ length: 24 }, (_, index) => `node${index + 1}`).filter(
  (name) => !['node5', 'node13', 'node20'].includes(name),
);

/** Joins `nodes` and resolves when all are connected. Stop it in any case. */
export async function startFleetProcess(
  hub: TestHub,
  options: { nodes: readonly string[]; startDelay?: number },
): Promise<FleetProcess> {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-fleet-'));
  const plan: FleetPlan = { ...options, dir, joinUrl: await hub.joinUrl(['--token-ttl', '600']) };
  const child = fork(program, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  const answer = async (): Promise<FleetAnswer> => {
    const ended = gone.then(() => Promise.reject(new Error('the fleet has ended')));
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [FleetAnswer];
    return message;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await answer();
  } catch (cause) {
    await stop();
    const log = readFileSync(dataDir(hub.dir).hub.log, 'utf8').slice(-2000);
    throw new Error(`the fleet could not join; the log of the hub ends so: ${log}`, { cause });
  }
  return {
    pid: child.pid ?? 0,
    async containers() {
      child.send('containers');
      return (await answer()).containers;
    },
    stop,
  };
}
