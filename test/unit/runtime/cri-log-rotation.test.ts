/** Rotation of containers' logs: names, how many are kept, and what a failure leaves. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createLogRotation } from '../../../agent/runtime/cri/log-rotation.ts';
import { planRotation } from '../../../agent/runtime/cri/log-rotations.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

const begin = Date.parse('2026-01-02T03:04:05Z');

interface Rotating {
  readonly file: string;
  readonly opened: string[];
  /** Ten seconds later. */
  tick(): Promise<void>;
  fail(error: Error | undefined): void;
  names(): string[];
}

function rotating(test: TestContext, maxFiles = 3): Rotating {
  const dir = tempDir(test);
  const file = join(dir, '0.log');
  const clock = manualClock(begin);
  const opened: string[] = [];
  let failure: Error | undefined;
  const part = createLogRotation({
    written: () => [{ id: 'one', file }],
    async reopen(id) {
      opened.push(id);
      if (failure !== undefined) throw failure;
      writeFileSync(file, '');
    },
    maxSize: 10,
    maxFiles,
    clock,
    log: silentLog,
  });
  void part.start?.();
  test.after(() => part.stop?.());
  return {
    file,
    opened,
    async tick() {
      clock.advance(10_000);
      await eventually('the next timer', () => clock.pending === 1);
    },
    fail(error) {
      failure = error;
    },
    names: () => readdirSync(dir).sort(),
  };
}

describe('log rotation', () => {
  it('leaves short logs alone', async (test) => {
    const { file, tick, names, opened } = rotating(test);
    writeFileSync(file, 'short');
    await tick();
    assert.deepEqual([names(), opened], [['0.log'], []]);
  });

  it('moves a long log aside, gzips the one before, and keeps as many as allowed', async (test) => {
    const { file, tick, names, opened } = rotating(test);
    for (const text of ['the first of them', 'the second of them', 'the third of them']) {
      writeFileSync(file, text);
      await tick();
    }
    assert.deepEqual(names(), ['0.log', '0.log.20260102-030425.gz', '0.log.20260102-030435']);
    assert.equal(readFileSync(`${file}.20260102-030435`, 'utf8'), 'the third of them');
    assert.equal(gunzipSync(readFileSync(`${file}.20260102-030425.gz`)).toString(), 'the second of them');
    assert.equal(opened.length, 3);
  });

  it('puts the log back when the runtime does not open a new one', async (test) => {
    const { file, tick, names, fail } = rotating(test);
    writeFileSync(file, 'long enough to move');
    fail(new Error('no runtime'));
    await tick();
    assert.deepEqual(names(), ['0.log']);
    fail(undefined);
    await tick();
    assert.deepEqual(names(), ['0.log', '0.log.20260102-030425']);
  });

  it('has a lost log opened again', async (test) => {
    const { file, tick, opened } = rotating(test);
    await tick();
    assert.ok(existsSync(file));
    assert.deepEqual(opened, ['one']);
  });

  it('clears what an interrupted rotation left', () => {
    assert.deepEqual(planRotation(['l.1', 'l.1.gz', 'l.2', 'l.2.tmp', 'l.3.gz', 'l.4'], 5), {
      remove: ['l.1', 'l.2.tmp', 'l.1.gz'],
      compress: ['l.2', 'l.4'],
    });
    assert.deepEqual(planRotation(['l.1'], 2), { remove: ['l.1'], compress: [] });
  });
});
