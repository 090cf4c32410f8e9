/** Durable writes a second through the store, beside what the disk does for one fsync. */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../hub/store/sqlite.ts';
import type { Benchmark, Measurement } from './measurement.ts';

const value = Buffer.from(
  JSON.stringify({ kind: 'ConfigMap', metadata: { name: 'x' }, data: { payload: 'x'.repeat(600) } }),
);

/** Writes a second with `writers` appends under way at all times. */
async function durableWrites(dir: string, writers: number, count: number): Promise<number> {
  const store = await openSqliteStore({ file: join(dir, `w${writers}.db`) });
  let revision = 0;
  const began = performance.now();
  const writer = async (): Promise<void> => {
    while (revision < count) {
      revision += 1;
      const mine = revision;
      const result = await store.append([
        { revision: mine, key: `core/configmaps/default/c${mine}`, previous: 0, value },
      ]);
      if (!result.ok) throw new Error(`lost race at ${mine}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  const rate = revision / ((performance.now() - began) / 1000);
  await store.close();
  return rate;
}

function fsyncRate(dir: string, count: number): number {
  const file = openSync(join(dir, 'fsync'), 'w');
  const began = performance.now();
  for (let turn = 0; turn < count; turn += 1) {
    writeSync(file, value);
    fsyncSync(file);
  }
  closeSync(file);
  return count / ((performance.now() - began) / 1000);
}

export const store: Benchmark = {
  name: 'store',
  about: 'durable writes through SQLite (WAL, synchronous=FULL, group commit)',
  async run({ short }) {
    const dir = mkdtempSync(join(tmpdir(), 'coracle-bench-'));
    const scale = short ? 0.1 : 1;
    try {
      const fsync = fsyncRate(dir, short ? 50 : 300);
      const results: Measurement[] = [{ name: 'write and fsync of one file', value: fsync, unit: '1/s' }];
      for (const [writers, count] of [
        [1, 1000],
        [16, 20_000],
        [128, 100_000],
        [1000, 200_000],
      ] as const) {
        const rate = await durableWrites(dir, writers, Math.ceil(count * scale));
        const target = writers === 128 ? { target: { is: '>=' as const, value: 20_000 } } : {};
        results.push({ name: `${writers} writers`, value: rate, unit: 'writes/s', ...target });
      }
      return results;
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
};
