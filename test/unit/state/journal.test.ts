/** The journal: what is acknowledged survives, what is torn is dropped. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Journal } from '../../../agent/state/journal.ts';
import type { Log } from '../../../hub/base/log.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { tempDir } from '../../support/temp-dir.ts';

interface Value {
  n: number;
}

function opener(test: TestContext): { file: string; warnings: string[]; open: () => Promise<Journal<Value>> } {
  const file = join(tempDir(test), 'state', 'a.journal');
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
  return { file, warnings, open: () => Journal.open<Value>({ file, log, slack: 2000 }) };
}

const entries = (journal: Journal<Value>): Record<string, number> =>
  Object.fromEntries([...journal.entries].map(([key, { n }]) => [key, n]));

describe('a journal', () => {
  it('gives back what was written after it was opened again', async (test) => {
    const { open } = opener(test);
    const first = await open();
    await first.write({
      puts: [
        ['a', { n: 1 }],
        ['b', { n: 2 }],
      ],
      removals: [],
    });
    await first.write({ puts: [['a', { n: 3 }]], removals: ['b'] });
    await first.close();
    const second = await open();
    assert.deepEqual(entries(second), { a: 3 });
    await second.close();
  });

  it('holds the state before or after a change wherever the file is cut', async (test) => {
    const { file, open, warnings } = opener(test);
    const journal = await open();
    const states: { size: number; entries: Record<string, number> }[] = [{ size: 0, entries: {} }];
    for (let n = 0; n < 5; n++) {
      await journal.write({
        puts: [
          [`key${n % 2}`, { n }],
          ['both', { n }],
        ],
        removals: n === 3 ? ['key0'] : [],
      });
      states.push({ size: statSync(file).size, entries: entries(journal) });
    }
    await journal.close();
    const whole = readFileSync(file);
    for (let size = 0; size <= whole.length; size++) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      warnings.length = 0;
      const again = await open();
      const expected = states.filter((state) => state.size <= size).at(-1);
      assert.deepEqual(entries(again), expected?.entries, `cut at ${size}`);
      assert.equal(warnings.length, expected?.size === size ? 0 : 1);
      await again.write({ puts: [['after', { n: 9 }]], removals: [] });
      await again.close();
      const once = await open();
      assert.deepEqual(entries(once), { ...expected?.entries, after: 9 });
      await once.close();
    }
  });

  it('loses only the damaged line when bits rot in the middle', async (test) => {
    const { file, open, warnings } = opener(test);
    const journal = await open();
    for (const key of ['a', 'b', 'c']) await journal.write({ puts: [[key, { n: 1 }]], removals: [] });
    await journal.close();
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)] = 1;
    writeFileSync(file, bytes);
    const again = await open();
    assert.deepEqual(Object.keys(entries(again)), ['a', 'c']);
    assert.equal(warnings.length, 1);
    await again.close();
  });

  it('stays small though the same key is written over and over', async (test) => {
    const { file, open } = opener(test);
    const journal = await open();
    for (let n = 0; n < 500; n++) await journal.write({ puts: [['a', { n }]], removals: [] });
    assert.ok(statSync(file).size < 4000, `${statSync(file).size} bytes`);
    await journal.close();
    const again = await open();
    assert.deepEqual(entries(again), { a: 499 });
    await again.close();
  });

  it('keeps the order of changes written at once', async (test) => {
    const { open } = opener(test);
    const journal = await open();
    await Promise.all(Array.from({ length: 50 }, (_, n) => journal.write({ puts: [['a', { n }]], removals: [] })));
    assert.deepEqual(entries(journal), { a: 49 });
    await journal.close();
  });
});
