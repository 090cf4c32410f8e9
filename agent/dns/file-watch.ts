/** Notices that a small file of the system changed, also when it is replaced or reached through links. */
import { type FSWatcher, watch } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../hub/base/clock.ts';

/** Changes come in bursts: told once, so many milliseconds after the first. */
const gather = 200;

/** Calls `changed` after the file may have changed; answers how to end that. A file that cannot be watched is not. */
export function watchFile(file: string, changed: () => void, clock: Clock): () => void {
  const watchers = new Set<FSWatcher>();
  let isOver = false;
  let cancel: (() => void) | undefined;
  const tell = (): void => {
    cancel ??= clock.after(gather, () => {
      cancel = undefined;
      changed();
    });
  };
  // the directory: what replaces the file is another file
  const add = (path: string): void => {
    if (isOver) return;
    try {
      const name = basename(path);
      const watcher = watch(dirname(path), { persistent: false }, (_event, which) => {
        if (which === name || which === null) tell();
      });
      watcher.on('error', () => watcher.close());
      watchers.add(watcher);
    } catch {
      // no such directory: nothing there will change unseen that matters before the next start
    }
  };
  add(file);
  void realpath(file).then(
    (real) => {
      if (real !== file) add(real);
    },
    () => {},
  );
  return () => {
    isOver = true;
    cancel?.();
    for (const watcher of watchers) watcher.close();
  };
}
