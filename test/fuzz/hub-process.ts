/** The hub under fuzz, in a process of its own: tells its ports, and how much memory it holds when asked. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openWholeHub } from '../support/whole-hub.ts';

/** What it answers to `memory`: bytes after a collection, and what its log says went wrong since the last time. */
export interface Held {
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
  readonly errors: readonly string[];
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const hub = await openWholeHub(process.argv[2] ?? '');
let told = 0;

process.on('message', (message) => {
  if (message === 'stop') {
    void hub.stop().then(() => process.disconnect());
    return;
  }
  gc();
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const errors = hub.log
    .slice(told)
    .filter(({ level }) => level === 'error')
    .map((line) => JSON.stringify(line));
  told = hub.log.length;
  const held: Held = { heap: heapUsed, external, resident: rss, errors };
  process.send?.(held);
});
// whoever runs the fuzz may be killed
process.on('disconnect', () => process.exit());
process.send?.(hub.ports);
