/** CRI runtimes as an agent makes them, on a containerd of tests, and what is left in it. */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ContainerObservation } from '../../agent/runtime/container.ts';
import { type CriRuntime, createCriRuntime } from '../../agent/runtime/cri/cri.ts';
import type { Runtime } from '../../agent/runtime/runtime.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { mountsBelow } from './cluster/belongings.ts';
import { podGroups } from './cluster/control-groups.ts';
import type { LoneContainerd } from './cluster/lone-containerd.ts';
import { eventually } from './eventually.ts';

/** Address of the node, for Pods in its network. */
const nodeAddress = '192.0.2.1';

/** A runtime of an agent, and where that keeps its state. */
export interface CriAgent {
  readonly runtime: CriRuntime;
  readonly dir: string;
  /** Ends it; its Pods go on. */
  stop(): Promise<void>;
}

/** One with its state in `dir`, started; it goes with the test, and its Pods unless it was stopped before. */
export async function criAgent(
  test: TestContext,
  lone: LoneContainerd,
  dir = join(lone.dir, 'agents', randomUUID()),
): Promise<CriAgent> {
  const runtime = await createCriRuntime({
    endpoint: lone.containerd.socket,
    dir,
    podLogsDir: join(lone.dir, 'logs'),
    addresses: () => [nodeAddress],
    clock: systemClock,
    log: silentLog,
  });
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await runtime.stop();
    stopped = true;
  };
  await runtime.start();
  test.after(async () => {
    try {
      if (!stopped) await removePods(runtime);
    } finally {
      await stop();
    }
  });
  return { runtime, dir, stop };
}

async function removePods(runtime: CriRuntime): Promise<void> {
  const { sandboxes, containers } = await runtime.list();
  const uids = new Set([...sandboxes.map(({ uid }) => uid), ...containers.map(({ pod }) => pod.uid)]);
  for (const uid of uids) await runtime.removeSandbox(uid);
}

/** The container as it is now. */
export const containerOf = async (runtime: Runtime, id: string): Promise<ContainerObservation | undefined> =>
  (await runtime.list()).containers.find((found) => found.id === id);

/** Waits until the container has ended. */
export const ended = (runtime: Runtime, id: string): Promise<ContainerObservation> =>
  eventually('the container to end', async () => {
    const found = await containerOf(runtime, id);
    return found?.state === 'exited' ? found : undefined;
  });

const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const names = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);

/** Everything there is of Pods: with containerd, in the file system, in the kernel. */
export async function leftOf(lone: LoneContainerd, uid: string): Promise<string[]> {
  const asked = async (words: readonly string[]): Promise<string[]> => lines((await lone.containerd.ctr(words)).stdout);
  return [
    ...(await asked(['containers', 'ls', '-q'])),
    ...(await asked(['tasks', 'ls', '-q'])),
    ...(await asked(['snapshots', 'ls'])).filter((line) => / (Active|View)\s*$/.test(line)),
    ...mountsBelow(join(lone.dir, 'containerd', 'state')),
    ...names(join(lone.containerd.dir, 'state', 'netns')),
    ...names(join(lone.dir, 'logs')).filter((name) => name.endsWith(uid)),
    ...podGroups()
      .filter((group) => group.uid === uid)
      .map(({ path }) => path),
    ...names(join(lone.dir, 'cni-data', 'lone')).filter((name) => /^[0-9.]+$/.test(name)),
  ];
}
