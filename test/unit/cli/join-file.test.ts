import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readJoinFile } from '../../../agent/cli/join-file.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function read(t: TestContext, text: string) {
  const file = join(tempDir(t), 'join.yaml');
  writeFileSync(file, text);
  return readJoinFile(file);
}

describe('a join file', () => {
  it('says what to join, as what, and with which settings', async (t) => {
    const text = 'hub: h:25000/t/c\nnodeName: node7\nlabels: {site: harbour}\nkeepAlive: 30\n';
    assert.deepEqual(await read(t, text), {
      hub: 'h:25000/t/c',
      nodeName: 'node7',
      settings: { labels: { site: 'harbour' }, keepAlive: 30 },
    });
  });

  it('may leave the name to the host', async (t) => {
    assert.equal((await read(t, 'hub: h:25000/t/c\n')).nodeName, undefined);
  });

  for (const [what, text, told] of [
    ['a key nobody knows', 'hub: h\nlables: {}\n', /join\.yaml:2: unknown setting "lables"/],
    ['a value that cannot be', 'hub: h\n\nkeepAlive: soon\n', /join\.yaml:3: setting "keepAlive" must be/],
    ['a key that is there twice', 'hub: h\nhub: i\n', /join\.yaml:2: .*unique/i],
    ['no hub', 'labels: {}\n', /no key "hub"/],
    ['a list', '- hub: h\n', /no list of keys and values/],
    ['nothing', '', /no list of keys and values/],
  ] as const) {
    it(`is refused with ${what}`, async (t) => {
      await assert.rejects(read(t, text), told);
    });
  }

  it('that is missing is named', async () => {
    await assert.rejects(
      readJoinFile('/nowhere/join.yaml'),
      /\/nowhere\/join\.yaml cannot be read: there is no such file/,
    );
  });
});
