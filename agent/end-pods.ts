/** Ends what an agent that is gone has left running: wired like the agent, but for its runtime and volumes alone. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../hub/api/pod.ts';
import { readAgentSettings } from '../hub/base/agent-settings.ts';
import { systemClock } from '../hub/base/clock.ts';
import type { DataDir } from '../hub/base/data-dir.ts';
import type { Log } from '../hub/base/log.ts';
import { openRuntime } from './open-runtime.ts';
import { endAllPods } from './pods/end-all.ts';
import { readMachine } from './resources/machine.ts';
import type { Runtime } from './runtime/runtime.ts';
import { openHeld } from './state/held-journal.ts';
import { createVolumes } from './volumes/disk-volumes.ts';

/** Longest grace the Pods get when the agent takes them along, in seconds. */
export const longestGrace = 30;

/** Milliseconds all of them may take: the longest grace, and what a container runtime takes on a machine that is very busy. */
const endingPatience = 90_000;

/**
 * Ends every container of a data directory and answers how many that were. With `forget` nothing of them is left, neither
 * logs nor volumes, so that the directory can be removed. Rejects with one sentence.
 */
export async function endPods(options: { dir: DataDir; log: Log; forget: boolean }): Promise<number> {
  const { dir, log } = options;
  const { bootId: boot } = await readMachine();
  const settings = readAgentSettings(dir.agent.settings);
  const graces = await knownGraces(dir, log);
  const { runtime } = await openRuntime({
    ...{ dir: dir.agent.dir, settings, boot, log, clock: systemClock },
    addresses: () => [],
  });
  return endAllPods({
    ...{ runtime, patience: endingPatience, clock: systemClock },
    ...(options.forget ? { forget: (uids) => removeVolumes(runtime, dir, uids) } : {}),
    grace: (uid) => Math.min(longestGrace, graces.get(uid) ?? longestGrace),
  });
}

async function knownGraces(dir: DataDir, log: Log): Promise<Map<string, number>> {
  const held = await openHeld({ dir: join(dir.agent.dir, 'state'), log });
  const graces = new Map<string, number>();
  for (const pod of held.all('pods') as unknown as Pod[])
    graces.set(pod.metadata.uid ?? '', pod.spec.terminationGracePeriodSeconds ?? longestGrace);
  await held.close();
  return graces;
}

/** Volumes are taken down one by one: what is mounted in them must not be removed with the directory. */
async function removeVolumes(runtime: Runtime, dir: DataDir, uids: ReadonlySet<string>): Promise<void> {
  const volumesDir = join(dir.agent.dir, 'pods');
  const volumes = createVolumes({
    ...{ dir: volumesDir, mounts: runtime.mounts },
    ...(runtime.images === undefined ? {} : { images: runtime.images }),
  });
  const left = await readdir(volumesDir).catch((): string[] => []);
  await Promise.all([...new Set([...left, ...uids])].map((uid) => volumes.remove(uid)));
}
