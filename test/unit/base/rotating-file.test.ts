/** Files of lines that are set aside when they have grown. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../../hub/base/log.ts';
import { asideName, outlived, RotatingFile } from '../../../hub/base/rotating-file.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('lines are written together, by their owner alone, and the file is set aside before it is too big', async (t) => {
  const directory = join(tempDir(t), 'log');
  const path = join(directory, 'audit.log');
  const clock = manualClock();
  const file = new RotatingFile({ path, maxSize: 20, maxBackups: 1, maxAge: 0, clock, log: silentLog });
  await file.start();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  file.write('one\n');
  file.write('two\n');
  assert.equal(readFileSync(path, 'utf8'), '');
  clock.advance(100);
  await eventually('they are written', () => readFileSync(path, 'utf8') === 'one\ntwo\n');
  for (const round of ['three', 'four']) {
    clock.advance(1000);
    file.write(`${round.repeat(3)}\n`);
    clock.advance(100);
    // while it is set aside there is none
    await eventually('it is written', () => existsSync(path) && readFileSync(path, 'utf8').includes(round));
  }
  file.write('last\n');
  await file.stop();
  const aside = readdirSync(directory).filter((name) => name !== 'audit.log');
  assert.equal(aside.length, 1);
  assert.equal(readFileSync(join(directory, aside[0] ?? ''), 'utf8'), `${'three'.repeat(3)}\n`);
  assert.equal(readFileSync(path, 'utf8'), `${'four'.repeat(3)}\nlast\n`);
});

test('a file that is there is written on, and made its owner’s alone', async (t) => {
  const path = join(tempDir(t), 'audit.log');
  writeFileSync(path, 'old\n', { mode: 0o644 });
  const file = new RotatingFile({ path, maxSize: 100, maxBackups: 0, maxAge: 0, clock: manualClock(), log: silentLog });
  await file.start();
  file.write('new\n');
  await file.stop();
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('what was set aside goes when it is too old or too many, and nothing else does', () => {
  const day = 24 * 3600_000;
  const now = Date.UTC(2026, 0, 31);
  const names = [0, 1, 2, 3].map((days) => asideName('/var/audit.log', now - days * day));
  assert.equal(names[0], 'audit-2026-01-31T00-00-00.000.log');
  const all = ['audit.log', 'audit-notes.log', 'other-2020-01-01T00-00-00.000.log', ...names];
  const limits = { now, maxAge: 0, maxBackups: 0 };
  assert.deepEqual(outlived('/var/audit.log', all, limits), []);
  assert.deepEqual(outlived('/var/audit.log', all, { ...limits, maxBackups: 3 }), [names[3]]);
  assert.deepEqual(outlived('/var/audit.log', all, { ...limits, maxAge: 1.5 * day }), [names[2], names[3]]);
});
