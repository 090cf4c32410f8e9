/** Puts a big cluster into the database of a hub that does not run. */
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import type { Stored } from './stored.ts';

/** How many appends are under way at once. */
const width = 2000;

/** Writes the objects after everything that is there; answers how many bytes they have together, and how many Pods' bytes. */
export async function seed(file: string, objects: Iterable<Stored>): Promise<{ objects: number; bytes: number }> {
  const store = await openSqliteStore({ file });
  try {
    let { revision } = store.head();
    let count = 0;
    let bytes = 0;
    let waiting: Promise<unknown>[] = [];
    for (const { key, object } of objects) {
      revision += 1;
      object.metadata['resourceVersion'] = String(revision);
      const value = Buffer.from(JSON.stringify(object));
      waiting.push(store.append([{ revision, key, previous: 0, value }]));
      count += 1;
      bytes += value.length;
      if (waiting.length < width) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    await Promise.all(waiting);
    await store.compact(revision);
    return { objects: count, bytes };
  } finally {
    await store.close();
  }
}
