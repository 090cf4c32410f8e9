/** The store's contract, run over every implementation. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openMemoryStore } from '../../hub/store/memory.ts';
import { openSealedStore } from '../../hub/store/sealing/sealed-store.ts';
import { openSqliteStore } from '../../hub/store/sqlite.ts';
import { type Store, StoreError, type StoreRecord } from '../../hub/store/store.ts';
import { tempDir } from '../support/temp-dir.ts';

const implementations: Record<string, (test: TestContext) => Promise<Store>> = {
  memory: () => Promise.resolve(openMemoryStore()),
  sqlite: (test) => openSqliteStore({ file: join(tempDir(test), 'state.db') }),
  'sqlite, values sealed': async (test) => {
    const dir = tempDir(test);
    const store = await openSqliteStore({ file: join(dir, 'state.db') });
    return openSealedStore({ store, keyFile: join(dir, 'keys.json'), prefixes: ['a', 'k'] });
  },
};

const record = (revision: number, key: string, previous: number, value: string | null): StoreRecord => ({
  revision,
  key,
  previous,
  value: value === null ? null : Buffer.from(value),
});

async function everything(store: Store, revision = 0): Promise<string[]> {
  const seen: string[] = [];
  for await (const chunk of store.since(revision)) {
    for (const { revision: at, key, value } of chunk)
      seen.push(`${at} ${key}=${value === null ? 'gone' : value.toString()}`);
  }
  return seen;
}

for (const [name, open] of Object.entries(implementations)) {
  describe(`store in ${name}`, () => {
    const check = (title: string, body: (store: Store) => Promise<void>): void => {
      it(title, async (test) => {
        const store = await open(test);
        try {
          await body(store);
        } finally {
          await store.close();
        }
      });
    };

    check('is empty at first', async (store) => {
      assert.deepEqual(store.head(), { revision: 0, compacted: 0 });
      assert.deepEqual(await everything(store), []);
    });

    check('gives back what was appended, byte for byte and in order', async (store) => {
      const odd = Buffer.from([0, 255, 39, 34, 10, 0xc3, 0x28]);
      assert.deepEqual(await store.append([{ revision: 1, key: 'a', previous: 0, value: odd }]), { ok: true });
      await store.append([record(2, 'b', 0, 'two')]);
      for await (const chunk of store.since(0)) assert.deepEqual(chunk[0]?.value && Buffer.from(chunk[0].value), odd);
      assert.deepEqual(await everything(store, 1), ['2 b=two']);
      assert.equal(store.head().revision, 2);
    });

    check('answers a lost race with the revision that won', async (store) => {
      await store.append([record(1, 'a', 0, 'one')]);
      await store.append([record(2, 'a', 1, 'two')]);
      assert.deepEqual(await store.append([record(3, 'a', 1, 'three')]), { ok: false, key: 'a', current: 2 });
      assert.deepEqual(await store.append([record(4, 'a', 0, 'four')]), { ok: false, key: 'a', current: 2 });
      assert.deepEqual(await everything(store), ['1 a=one', '2 a=two']);
    });

    check('lets only the loser of a batch fail', async (store) => {
      await store.append([record(1, 'a', 0, 'one')]);
      const results = await Promise.all([
        store.append([record(2, 'b', 0, 'b')]),
        store.append([record(3, 'a', 0, 'late')]),
        store.append([record(4, 'c', 0, 'c')]),
      ]);
      assert.deepEqual(
        results.map((result) => result.ok),
        [true, false, true],
      );
      assert.deepEqual(await everything(store), ['1 a=one', '2 b=b', '4 c=c']);
    });

    check('writes all records of one append or none', async (store) => {
      await store.append([record(1, 'a', 0, 'one')]);
      const result = await store.append([record(2, 'b', 0, 'b'), record(3, 'a', 0, 'late')]);
      assert.equal(result.ok, false);
      assert.deepEqual(await everything(store), ['1 a=one']);
    });

    check('takes a name again after its deletion', async (store) => {
      await store.append([record(1, 'a', 0, 'one')]);
      await store.append([record(2, 'a', 1, null)]);
      assert.deepEqual(await store.append([record(3, 'a', 0, 'again')]), { ok: true });
      assert.deepEqual(await everything(store), ['1 a=one', '2 a=gone', '3 a=again']);
    });

    check('orders a thousand appends made at once', async (store) => {
      const appends = Array.from({ length: 1000 }, (_, index) =>
        store.append([record(index + 1, `k${index}`, 0, 'v')]),
      );
      for (const result of await Promise.all(appends)) assert.equal(result.ok, true);
      const seen = await everything(store);
      assert.equal(seen.length, 1000);
      assert.equal(seen[999], '1000 k999=v');
    });

    check('sees writes of one key that travel in the same batch', async (store) => {
      const results = await Promise.all([
        store.append([record(1, 'a', 0, 'one')]),
        store.append([record(2, 'a', 1, 'two')]),
        store.append([record(3, 'a', 2, null)]),
        store.append([record(4, 'a', 0, 'four')]),
      ]);
      assert.ok(results.every((result) => result.ok));
    });

    check('compacts what was replaced, keeps what is current, and says how far', async (store) => {
      await store.append([record(1, 'a', 0, 'one'), record(2, 'b', 0, 'b')]);
      await store.append([record(3, 'a', 1, 'two')]);
      await store.append([record(4, 'b', 2, null)]);
      await store.append([record(5, 'a', 3, 'three')]);
      await store.compact(4);
      assert.deepEqual(store.head(), { revision: 5, compacted: 4 });
      assert.deepEqual(await everything(store), ['3 a=two', '5 a=three']);
      assert.deepEqual(await everything(store, 4), ['5 a=three']);
      await assert.rejects(
        everything(store, 3),
        (error: unknown) => error instanceof StoreError && error.failure === 'compacted',
      );
    });

    check('rewrites values where they are, and offers each record that has one', async (store) => {
      await store.append([record(1, 'b', 0, 'one'), record(2, 'c', 0, 'two')]);
      await store.append([record(3, 'c', 2, null), record(4, 'b', 1, 'three')]);
      const offered: string[] = [];
      const count = await store.rewrite(({ revision, key, value }) => {
        offered.push(`${revision} ${key}=${value.toString()}`);
        return revision === 1 ? undefined : Buffer.from(`${value.toString()} or a longer one`);
      });
      assert.deepEqual(offered, ['1 b=one', '2 c=two', '4 b=three']);
      assert.equal(count, 2);
      assert.deepEqual(await everything(store), [
        '1 b=one',
        '2 c=two or a longer one',
        '3 c=gone',
        '4 b=three or a longer one',
      ]);
      assert.deepEqual(await store.append([record(5, 'b', 4, 'five')]), { ok: true });
    });

    it('refuses appends once it is closed', async (test) => {
      const store = await open(test);
      await store.close();
      await assert.rejects(store.append([record(1, 'a', 0, 'x')]), StoreError);
    });
  });
}
