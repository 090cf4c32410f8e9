/** The files of an agent on their way out: what is mounted among them is somebody's, and so is what Pods have stored. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { mountsWithin } from '../volumes/mount-table.ts';
import { again } from './again.ts';
import { Failure } from './failure.ts';

/** The folder of the agent with the volumes of Pods that outlive them. */
const storage = 'local-volumes';

/** Where the volumes of Pods are that outlive them. */
export const storageOf = (dir: DataDir): string => join(dir.agent.dir, storage);

/** The names of the volumes that are there. */
export function storedVolumes(dir: DataDir): string[] {
  return existsSync(storageOf(dir)) ? readdirSync(storageOf(dir)) : [];
}

/** Paths to remove: the agent's folder, or all in it but the volumes of Pods. */
export function agentFiles(dir: DataDir, keepStorage: boolean): string[] {
  if (!keepStorage) return [dir.agent.dir];
  return readdirSync(dir.agent.dir)
    .filter((name) => name !== storage)
    .map((name) => join(dir.agent.dir, name));
}

/** Takes down what is mounted below, before files are removed: nothing may be removed through its mount. Throws Failure. */
export async function unmountAgent(dir: DataDir): Promise<void> {
  if (!existsSync(dir.agent.dir)) return;
  for (const path of await mountsWithin(realpathSync(dir.agent.dir))) {
    try {
      execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
    } catch (error) {
      throw new Failure(`${path} cannot be unmounted: ${(error as Error).message.split('\n')[0]}`, {
        next: `unmount it, then try again; to forget everything here: ${again('reset')}. Nothing was removed`,
        cause: error,
      });
    }
  }
}
