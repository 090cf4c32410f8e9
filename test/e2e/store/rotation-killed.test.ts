/** A process that is killed in the middle of rotating the key of sealed values: everything acknowledged opens again. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSealedStore } from '../../../hub/store/sealing/sealed-store.ts';
import { openSqliteStore } from '../../../hub/store/sqlite.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { chance } from '../../support/workloads.ts';

const rounds = process.env['CORACLE_LONG'] === '1' ? 40 : 8;
const steps = ['key made', 'values sealed', 'old keys dropped'];

describe(`kill -9 in a rotation, ${rounds} times`, () => {
  it('loses no value, whichever step it was in', async (test) => {
    const random = chance(Number(process.env['CORACLE_SEED'] ?? 1));
    const dir = tempDir(test);
    const [file, keyFile] = [join(dir, 'state.db'), join(dir, 'keys.json')];
    for (let round = 0; round < rounds; round += 1) {
      const writer = fork(new URL('../../support/rotating-writer.ts', import.meta.url), [file, keyFile], {
        stdio: 'ignore',
      });
      test.after(() => writer.kill('SIGKILL'));
      let acknowledged = 0;
      const step = steps[round % steps.length];
      const inStep = new Promise<void>((resolve) => {
        writer.on('message', (message: number | string) => {
          if (typeof message === 'number') acknowledged = Math.max(acknowledged, message);
          else if (message === step && acknowledged > 0) resolve();
        });
      });
      const ended = once(writer, 'exit');
      await inStep;
      // a little later each time, so that the steps are met at their beginning, middle and end
      const killer = setTimeout(() => writer.kill('SIGKILL'), random() * 15);
      await ended;
      clearTimeout(killer);
      const store = await openSealedStore({ store: await openSqliteStore({ file }), keyFile, prefixes: ['k/'] });
      const seen = new Map<string, string>();
      for await (const records of store.since(0))
        for (const { key, value } of records) seen.set(key, value?.toString() ?? '');
      for (let revision = 1; revision <= acknowledged; revision += 1)
        assert.equal(seen.get(`k/${revision}`), `{"of":${revision}}`, `round ${round}, after "${step}"`);
      if (store.unfinished) await store.finish();
      assert.equal(store.unfinished, false);
      await store.close();
    }
  });
});
