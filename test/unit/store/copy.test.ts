/** Copies of a database that is written meanwhile. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import { tempDir } from '../../support/temp-dir.ts';

const value = Buffer.alloc(4000, 1);
const record = (revision: number): { revision: number; key: string; previous: number; value: Buffer } => ({
  revision,
  key: `pods/${revision}`,
  previous: 0,
  value,
});
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

it('a copy is whole, and appends go on between its steps', async (test) => {
  const dir = tempDir(test);
  const store = await openSqliteStore({ file: join(dir, 'state.db') });
  test.after(() => store.close());
  await store.append(range(1, 3000).map(record));
  let isCopied = false;
  const copying = store.copyTo(join(dir, 'copy.db')).then(() => {
    isCopied = true;
  });
  let last = 3000;
  while (!isCopied) await store.append([record(++last)]);
  await copying;
  assert.ok(last > 3001, 'more than one append got its turn');
  assert.equal(statSync(join(dir, 'copy.db')).mode & 0o777, 0o600);
  const copy = await openSqliteStore({ file: join(dir, 'copy.db') });
  test.after(() => copy.close());
  const found: number[] = [];
  for await (const records of copy.since(0)) found.push(...records.map(({ revision }) => revision));
  assert.deepEqual(found, range(1, found.length));
  assert.ok(found.length >= 3000 && found.length <= last);
});

it('a copy is never written over a file that is there', async (test) => {
  const dir = tempDir(test);
  const store = await openSqliteStore({ file: join(dir, 'state.db') });
  test.after(() => store.close());
  await assert.rejects(store.copyTo(join(dir, 'state.db')), /EEXIST/);
});
