/** Repositories of users: taken over whole, also when the hub ended in the midst of it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Repositories } from '../../../hub/addons/repositories.ts';
import { tempDir } from '../../support/temp-dir.ts';

function setUp(test: TestContext, files: Record<string, string>): { repositories: Repositories; directory: string } {
  const top = tempDir(test);
  for (const [name, text] of Object.entries({ 'core/addons.yaml': 'name: core\n', ...files })) {
    mkdirSync(dirname(join(top, name)), { recursive: true });
    writeFileSync(join(top, name), text);
  }
  const directory = join(top, 'users');
  const repositories = new Repositories({ core: join(top, 'core'), directory, ownVersion: '9' });
  return { repositories, directory };
}

const definition = 'name: a\nversion: 1.0.0\ndescription: x\nmanifests: [all.yaml]\n';
const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n';

describe('repositories of addons', () => {
  it('that were put there before the hub ended are taken over when it starts', async (test) => {
    const { repositories, directory } = setUp(test, {
      'users/incoming/fleet/addons.yaml': 'name: fleet\n',
      'users/incoming/fleet/a/addon.yaml': definition,
      'users/incoming/fleet/a/all.yaml': manifest,
      'users/incoming/bad/addons.yaml': 'name: bad\nwrong: x\n',
    });
    assert.ok('definition' in (await repositories.find('fleet', 'a')));
    assert.deepEqual(await repositories.find('bad', 'a'), { problem: 'there is no repository "bad"' });
    assert.equal(existsSync(join(directory, 'incoming', 'fleet')), false);
  });

  it('are read again after a failure of the disk', async (test) => {
    const { repositories, directory } = setUp(test, { users: 'no directory' });
    await assert.rejects(repositories.find('core', 'a'), /ENOTDIR/);
    renameSync(directory, `${directory}.aside`);
    assert.deepEqual(await repositories.find('core', 'a'), { problem: 'repository "core" has no addon "a"' });
  });
});
