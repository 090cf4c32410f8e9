/** Tells when devices come or go, by the directories they appear in. */
import { type FSWatcher, watch } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../hub/base/clock.ts';

/** Udev's own directories change with devices alone; in /dev every write to a device is told as well. */
const quiet = ['dev/char', 'dev/block'];
const plain = ['dev'];

/** Devices come in crowds: milliseconds until they are looked at. */
const settling = 2000;

/** A watch that can be ended. */
export interface DeviceWatch {
  stop(): void;
}

/** Calls `changed` some time after devices came or went below `root`. Rejects when nothing can be watched. */
export async function watchDevices(options: {
  root: string;
  clock: Clock;
  changed: () => void;
  failed: (error: Error) => void;
}): Promise<DeviceWatch> {
  const { root, clock, changed, failed } = options;
  let cancel: (() => void) | undefined;
  const watchers: FSWatcher[] = [];
  const heard = (event: string): void => {
    if (event !== 'rename' || cancel !== undefined) return;
    cancel = clock.after(settling, () => {
      cancel = undefined;
      changed();
    });
  };
  for (const path of (await haveAll(root, quiet)) ? quiet : plain)
    watchers.push(watch(join(root, path), heard).on('error', failed));
  return {
    stop() {
      cancel?.();
      for (const one of watchers) one.close();
    },
  };
}

async function haveAll(root: string, paths: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(paths.map((path) => access(join(root, path))));
    return true;
  } catch {
    return false;
  }
}
