/** Values sealed at rest: nothing of them on the disk, keys that change, and files that are lost or damaged. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { newDataKey, seal, sealedWith, unseal } from '../../../hub/store/sealing/seal.ts';
import { openSealedStore, type RotationStep, type SealedStore } from '../../../hub/store/sealing/sealed-store.ts';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import type { Store } from '../../../hub/store/store.ts';
import { tempDir } from '../../support/temp-dir.ts';

const hidden = 'a word that must not be found';

interface Place {
  readonly dir: string;
  readonly file: string;
  readonly keyFile: string;
}

function place(test: TestContext): Place {
  const dir = tempDir(test);
  return { dir, file: join(dir, 'state.db'), keyFile: join(dir, 'keys.json') };
}

async function open(at: Place, reached?: (step: RotationStep) => void): Promise<SealedStore> {
  const store = await openSqliteStore({ file: at.file });
  return openSealedStore({
    store,
    keyFile: at.keyFile,
    prefixes: ['core/secrets/'],
    ...(reached === undefined ? {} : { reached }),
  });
}

async function values(store: Store): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const records of store.since(0)) {
    for (const { key, value } of records) if (value !== null) all[key] = value.toString();
  }
  return all;
}

/** How often `text` stands in the files of a directory. */
function found(dir: string, text: string): number {
  let count = 0;
  for (const name of readdirSync(dir)) count += readFileSync(join(dir, name)).toString('latin1').split(text).length - 1;
  return count;
}

const secret = (revision: number, text = `${hidden} ${revision}`) => ({
  revision,
  key: `core/secrets/default/s${revision}`,
  previous: 0,
  value: Buffer.from(`{"data":"${text}"}`),
});
const idsOf = (at: Place): string[] =>
  (JSON.parse(readFileSync(at.keyFile, 'utf8')) as { keys: { id: string }[] }).keys.map(({ id }) => id);

describe('a sealed value', () => {
  const key = newDataKey();
  const where = { key: 'core/secrets/default/a', revision: 7 };
  const sealed = seal(Buffer.from(hidden), where, key);

  it('opens in its own place with its own key, and never looks the same twice', () => {
    assert.equal(unseal(sealed, where, key).toString(), hidden);
    assert.equal(sealedWith(sealed), key.id);
    assert.equal(sealedWith(Buffer.from('{"a":1}')), undefined);
    assert.equal(sealedWith(Buffer.alloc(0)), undefined);
    assert.notDeepEqual(seal(Buffer.from(hidden), where, key), sealed);
  });

  for (const [what, value, at, by] of [
    ['another object', sealed, { ...where, key: 'core/secrets/default/b' }, key],
    ['another revision', sealed, { ...where, revision: 8 }, key],
    ['another key', sealed, where, newDataKey()],
    ['a changed byte', Buffer.concat([sealed.subarray(0, -1), Buffer.from([(sealed.at(-1) ?? 0) ^ 1])]), where, key],
  ] as const) {
    it(`does not open for ${what}`, () => {
      assert.throws(() => unseal(value, at, by));
    });
  }
});

describe('the sealed store', () => {
  it('leaves nothing of a sealed value in any file, and plain ones as they are', async (test) => {
    const at = place(test);
    const store = await open(at);
    await store.append([secret(1), secret(2)]);
    await store.append([
      { revision: 3, key: 'core/configmaps/default/c', previous: 0, value: Buffer.from('{"open":1}') },
    ]);
    assert.equal(found(at.dir, hidden), 0, 'in the write-ahead log');
    assert.equal(found(at.dir, '{"open":1}'), 1);
    await store.close();
    assert.equal(found(at.dir, hidden), 0, 'in the database');
    assert.equal(statSync(at.keyFile).mode & 0o777, 0o600);
    const again = await open(at);
    assert.equal((await values(again))['core/secrets/default/s2'], `{"data":"${hidden} 2"}`);
    assert.equal(again.unfinished, false);
    await again.close();
  });

  it('rotates: a new key opens everything, also what is written meanwhile, and the old one is gone', async (test) => {
    const at = place(test);
    const store = await open(at);
    await store.append(Array.from({ length: 700 }, (_, index) => secret(index + 1)));
    const [before] = idsOf(at);
    const meanwhile = store.append([secret(701)]);
    const rotated = store.rotate();
    for (let revision = 702; revision < 750; revision += 1) await store.append([secret(revision)]);
    const { keyId, values: count } = await rotated;
    await meanwhile;
    assert.ok(count >= 701, String(count));
    assert.deepEqual(idsOf(at), [keyId]);
    assert.notEqual(keyId, before);
    await store.close();
    const again = await open(at);
    assert.equal(Object.keys(await values(again)).length, 749);
    await again.close();
    assert.equal(found(at.dir, `sealed:1:${before}`), 0);
  });

  it('seals what was there before, and leaves nothing of it', async (test) => {
    const at = place(test);
    const plain = await openSqliteStore({ file: at.file });
    await plain.append(Array.from({ length: 50 }, (_, index) => secret(index + 1)));
    await plain.append([{ ...secret(51), key: 'core/secrets/default/s1', previous: 1, value: null }]);
    await plain.compact(51);
    await plain.close();
    assert.ok(found(at.dir, hidden) > 0);
    const store = await open(at);
    assert.equal(Object.keys(await values(store)).length, 49);
    assert.equal(store.unfinished, true);
    assert.equal((await store.finish()).values, 49);
    assert.equal(found(at.dir, hidden), 0);
    assert.equal(store.unfinished, false);
    assert.equal(Object.keys(await values(store)).length, 49);
    await store.close();
  });

  it('opens what is no longer to be sealed, and makes it plain', async (test) => {
    const at = place(test);
    const store = await open(at);
    await store.append([secret(1)]);
    await store.close();
    const inner = await openSqliteStore({ file: at.file });
    const other = await openSealedStore({ store: inner, keyFile: at.keyFile, prefixes: [] });
    assert.equal(Object.keys(await values(other)).length, 1);
    assert.equal(other.unfinished, true);
    await other.finish();
    assert.ok(found(at.dir, hidden) > 0);
    await other.close();
  });

  for (const cut of ['key made', 'values sealed', 'old keys dropped'] as const) {
    it(`can be opened and finished after a rotation that ended after "${cut}"`, async (test) => {
      const at = place(test);
      const store = await open(at, (step) => {
        if (step === cut) throw new Error('cut off');
      });
      await store.append([secret(1), secret(2)]);
      await assert.rejects(store.rotate(), /cut off/);
      await store.append([secret(3)]);
      await store.close();
      const again = await open(at);
      assert.equal(Object.keys(await values(again)).length, 3);
      assert.equal(again.unfinished, cut !== 'old keys dropped');
      await again.finish();
      assert.equal(idsOf(at).length, 1);
      await again.close();
    });
  }

  it('says which file is missing a key, and makes no key over a damaged file', async (test) => {
    const at = place(test);
    const store = await open(at);
    await store.append([secret(1)]);
    await store.close();
    const kept = readFileSync(at.keyFile);
    rmSync(at.keyFile);
    const blind = await open(at);
    await assert.rejects(
      values(blind),
      /s1 is sealed with key [0-9a-f]{8}, which .*keys.json lacks: restore that file/,
    );
    await blind.close();
    for (const text of ['', '{}', '{"keys":[]}', '{"keys":[{"id":"00000000","secret":"c2hvcnQ="}]}']) {
      writeFileSync(at.keyFile, text);
      const inner = await openSqliteStore({ file: at.file });
      await assert.rejects(
        openSealedStore({ store: inner, keyFile: at.keyFile, prefixes: [] }),
        /keys.json holds no readable keys: put it back from a backup/,
      );
      await inner.close();
      assert.equal(readFileSync(at.keyFile, 'utf8'), text);
    }
    writeFileSync(at.keyFile, kept);
    const again = await open(at);
    assert.equal(Object.keys(await values(again)).length, 1);
    await again.close();
  });
});
