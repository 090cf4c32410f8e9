/**
 * Watches the kernel's packet rules through one `nft monitor`, and tells when somebody else changed a table of ours.
 *
 * INVARIANTS: what was run through `run` is never told; while the watcher could not look, everything counts as changed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import { type RunNft, toolEnvironment } from './nft.ts';

/** The watcher. */
export interface RulesetWatch extends Part {
  /** As the option `run`, but what it does is known as our own. */
  readonly run: RunNft;
  /** Calls `changed` when somebody else changed the table called `name`, or may have; the answer ends that. */
  watch(name: string, changed: () => void): () => void;
}

/** Milliseconds before a monitor that ended is started again; whoever flushes rules has 10 s to see them back. */
const restart = 1000;

/** How many of the newest process ids are known as our own. */
const ownPids = 64;

/** `delete rule inet coracle_services nat_output handle 7`: the table's name is the fourth word. */
const changeLine = /^(?:add|insert|replace|delete|destroy) \S+ \S+ (\S+)/;
const generationLine = /^# new generation \d+ by process (\d+)/;

/** Makes the watcher. */
export function createRulesetWatch(options: { run: RunNft; clock: Clock; log: Log }): RulesetWatch {
  const { clock, log } = options;
  const listeners = new Map<string, () => void>();
  const own: number[] = [];
  let touched = new Set<string>();
  let child: ChildProcess | undefined;
  let cancel = (): void => {};
  let stopped = false;

  const tellAll = (): void => {
    for (const changed of [...listeners.values()]) changed();
  };

  function read(line: string): void {
    const table = changeLine.exec(line)?.[1];
    if (table !== undefined && listeners.has(table)) touched.add(table);
    if (line.startsWith('# ERROR')) return tellAll();
    const generation = generationLine.exec(line);
    if (generation === null || touched.size === 0) return;
    const by = touched;
    touched = new Set();
    if (own.includes(Number(generation[1]))) return;
    for (const name of by) {
      log.warn({ table: name }, 'somebody changed the packet rules of this node');
      listeners.get(name)?.();
    }
  }

  function look(first: boolean): void {
    if (stopped) return;
    const monitor = spawn('nft', ['monitor'], { env: toolEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
    child = monitor;
    touched = new Set();
    createInterface({ input: monitor.stdout }).on('line', read);
    monitor.once('spawn', () => {
      // it is not known what happened while nobody looked
      if (!first) tellAll();
    });
    let ended = false;
    const again = (): void => {
      if (ended || stopped) return;
      ended = true;
      cancel = clock.after(restart, () => look(false));
    };
    // a program that is missing is told of by whoever runs it
    monitor.once('error', again);
    monitor.once('close', again);
  }

  return {
    name: 'ruleset watch',
    start: () => look(true),
    async stop() {
      stopped = true;
      cancel();
      child?.kill();
    },
    run: (commands) =>
      options.run(commands, (pid) => {
        own.push(pid);
        if (own.length > ownPids) own.shift();
      }),
    watch(name, changed) {
      listeners.set(name, changed);
      return () => void listeners.delete(name);
    },
  };
}
