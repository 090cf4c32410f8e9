/** Tells that something changed in directories, at most once in a while. */
import { type FSWatcher, watch } from 'node:fs';

/** Watches a set of directories that is told anew after each look. */
export class TreeWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches exactly these; one that is gone is left out. Answers whether all are watched. */
  follow(directories: readonly string[]): boolean {
    const wanted = new Set(directories);
    for (const [directory, watcher] of this.#watchers) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.#watchers.delete(directory);
    }
    for (const directory of wanted) {
      if (this.#watchers.has(directory)) continue;
      try {
        const watcher = watch(directory, this.#changed);
        watcher.on('error', () => this.#drop(directory));
        this.#watchers.set(directory, watcher);
      } catch {
        // gone since, or the kernel's limit of watches
      }
    }
    return this.#watchers.size === wanted.size;
  }

  stop(): void {
    this.follow([]);
  }

  #drop(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
    this.#changed();
  }
}
