/** The database on disks that fail: full, read-only, damaged, in use, and a writer that is killed. */
import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import { type Store, StoreError, type StoreFailure } from '../../../hub/store/store.ts';
import { tempDir } from '../../support/temp-dir.ts';

const root = process.getuid?.() === 0;

const failsWith = (failure: StoreFailure, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreError, String(error));
  assert.equal(error.failure, failure);
  assert.match(error.message, text);
  return true;
};

async function fill(store: Store, from: number, count: number, bytes: number): Promise<number> {
  let acknowledged = from;
  for (let revision = from + 1; revision <= from + count; revision += 1) {
    const value = Buffer.alloc(bytes, revision % 251);
    const result = await store.append([{ revision, key: `k/${revision}`, previous: 0, value }]);
    assert.equal(result.ok, true);
    acknowledged = revision;
  }
  return acknowledged;
}

async function revisions(store: Store): Promise<number[]> {
  const all: number[] = [];
  for await (const chunk of store.since(0)) all.push(...chunk.map((record) => record.revision));
  return all;
}

/** A small file system of its own, unmounted after the test. */
function smallDisk(test: TestContext, megabytes: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
  test.after(() => {
    spawnSync('umount', ['-l', dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  assert.equal(mounted.status, 0, mounted.stderr.toString());
  return dir;
}

describe('database file', () => {
  it('is readable by its owner alone', async (test) => {
    const file = join(tempDir(test), 'state.db');
    const store = await openSqliteStore({ file });
    await fill(store, 0, 1, 10);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
    await store.close();
  });

  it('says so when it is damaged', async (test) => {
    const file = join(tempDir(test), 'state.db');
    const store = await openSqliteStore({ file });
    await fill(store, 0, 200, 500);
    await store.close();
    const handle = openSync(file, 'r+');
    for (let page = 2; page < 20; page += 1) writeSync(handle, Buffer.alloc(2000, 7), 0, 2000, page * 4096 + 8);
    closeSync(handle);
    await assert.rejects(openSqliteStore({ file }), failsWith('corrupt', /is damaged.*restore a backup/));
  });

  it('says so when it is no database at all', async (test) => {
    const file = join(tempDir(test), 'state.db');
    writeFileSync(file, 'this is a letter, not a database\n'.repeat(100));
    await assert.rejects(openSqliteStore({ file }), failsWith('corrupt', /is not a database/));
    assert.match(readFileSync(file, 'utf8'), /^this is a letter/, 'the file is left as it was');
  });

  it('refuses a second hub on the same file', async (test) => {
    const file = join(tempDir(test), 'state.db');
    const store = await openSqliteStore({ file });
    await fill(store, 0, 1, 10);
    await assert.rejects(openSqliteStore({ file }), failsWith('io', /in use by another hub/));
    await store.close();
  });

  it('names a folder that does not exist', async (test) => {
    const file = join(tempDir(test), 'no', 'such', 'state.db');
    await assert.rejects(
      openSqliteStore({ file }),
      failsWith('readonly', /cannot be opened: check that its folder exists/),
    );
  });

  it('refuses writes on a full disk, loses nothing acknowledged, and goes on when there is space', {
    skip: !root,
  }, async (test) => {
    const dir = smallDisk(test, 2);
    const file = join(dir, 'state.db');
    const store = await openSqliteStore({ file });
    const ballast = join(dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1_000_000));
    let acknowledged = 0;
    await assert.rejects(
      async () => {
        for (;;) acknowledged = await fill(store, acknowledged, 1, 20_000);
      },
      failsWith('full', /disk is full: make space/),
    );
    assert.ok(acknowledged > 5);
    spawnSync('rm', [ballast]);
    acknowledged = await fill(store, acknowledged, 3, 20_000);
    await store.close();
    const again = await openSqliteStore({ file });
    assert.deepEqual(
      await revisions(again),
      Array.from({ length: acknowledged }, (_, index) => index + 1),
    );
    await again.close();
  });

  it('says so on a read-only disk', { skip: !root }, async (test) => {
    const dir = smallDisk(test, 2);
    const file = join(dir, 'state.db');
    await (await openSqliteStore({ file })).close();
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', dir]).status, 0);
    await assert.rejects(openSqliteStore({ file }), failsWith('readonly', /cannot be (written|opened)/));
  });

  it('keeps every acknowledged write when its process is killed', async (test) => {
    const file = join(tempDir(test), 'state.db');
    for (let round = 0; round < 5; round += 1) {
      const writer = fork(new URL('../../support/store-writer.ts', import.meta.url), [file], { stdio: 'ignore' });
      test.after(() => writer.kill('SIGKILL'));
      let acknowledged = 0;
      const enough = new Promise<void>((resolve) => {
        writer.on('message', (revision: number) => {
          acknowledged = revision;
          if (revision % 1000 > 300) resolve();
        });
      });
      await enough;
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      const store = await openSqliteStore({ file });
      const found = await revisions(store);
      assert.ok(
        (found.at(-1) ?? 0) >= acknowledged,
        `revision ${acknowledged} was acknowledged, ${found.at(-1)} is the last`,
      );
      assert.deepEqual(
        found,
        Array.from({ length: found.length }, (_, index) => index + 1),
        'no gap',
      );
      await store.close();
    }
  });
});
