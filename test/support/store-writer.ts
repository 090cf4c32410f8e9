/** A process that writes to a database as fast as it can and tells its parent each acknowledged revision. */
import { openSqliteStore } from '../../hub/store/sqlite.ts';

const store = await openSqliteStore({ file: process.argv[2] ?? '' });
let revision = store.head().revision;

async function writer(): Promise<void> {
  for (;;) {
    revision += 1;
    const mine = revision;
    await store.append([{ revision: mine, key: `k/${mine}`, previous: 0, value: Buffer.alloc(200, 1) }]);
    process.send?.(mine);
  }
}

await Promise.all(Array.from({ length: 16 }, writer));
