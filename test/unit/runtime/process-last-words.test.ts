/** What is told of a host process that failed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { lastWords } from '../../../agent/runtime/process/last-words.ts';
import type { StoredContainer } from '../../../agent/runtime/process/record.ts';
import { tempDir } from '../../support/temp-dir.ts';

it('the last words of a host process are the end of its log, when it failed and its Pod asks for them', async (test) => {
  const directory = tempDir(test);
  const stored = (logOnError: boolean): StoredContainer =>
    ({ record: { logOnError }, directory }) as unknown as StoredContainer;
  assert.equal(await lastWords(stored(true), 1), undefined);
  writeFileSync(join(directory, 'log'), 'begun\nno such device\n');
  assert.equal(await lastWords(stored(true), 1), 'begun\nno such device\n');
  assert.equal(await lastWords(stored(false), 1), undefined);
  assert.equal(await lastWords(stored(true), 0), undefined);
  writeFileSync(join(directory, 'log'), `${'x'.repeat(5000)}\n${'line\n'.repeat(100)}`);
  assert.equal(await lastWords(stored(true), 1), 'line\n'.repeat(80));
  writeFileSync(join(directory, 'log'), 'y'.repeat(5000));
  assert.equal((await lastWords(stored(true), 1))?.length, 2048);
});
