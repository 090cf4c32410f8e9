/** A process that writes sealed values and changes their key all the time; tells its parent each acknowledged revision. */
import { openSealedStore } from '../../hub/store/sealing/sealed-store.ts';
import { openSqliteStore } from '../../hub/store/sqlite.ts';

const [, , file = '', keyFile = ''] = process.argv;
const store = await openSealedStore({
  store: await openSqliteStore({ file }),
  keyFile,
  prefixes: ['k/'],
  reached: (step) => void process.send?.(step),
});
let revision = store.head().revision;

async function write(): Promise<void> {
  for (;;) {
    revision += 1;
    const mine = revision;
    await store.append([{ revision: mine, key: `k/${mine}`, previous: 0, value: Buffer.from(`{"of":${mine}}`) }]);
    process.send?.(mine);
  }
}

async function rotate(): Promise<void> {
  for (;;) await store.rotate();
}

await Promise.all([write(), write(), rotate()]);
