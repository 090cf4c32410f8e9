/** Giving back the memory that only starting needed. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** With more than this in use, in bytes, a collection would hold up those who wait for an answer. */
const most = 200 * 2 ** 20;

/**
 * Collects garbage once, down to the smallest heap. V8 keeps the room that starting took for as long as little is allocated, which is
 * what an idle daemon does: 30 MB of a hub. It takes about 50 ms. False when the heap is too big for that.
 */
export function giveBackMemory(): boolean {
  if (getHeapStatistics().used_heap_size > most) return false;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: string; execution: string; flavor: string }) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return true;
}
