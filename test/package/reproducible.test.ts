/** The same sources make the same binaries and packages, wherever they lie. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../support/temp-dir.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Digests of everything that a clean clone in `directory` packages of a commit. */
function packaged(directory: string, commit: string): Record<string, string> {
  const quiet = { cwd: directory, stdio: 'ignore' } as const;
  execFileSync('git', ['clone', '--quiet', '--no-checkout', project, directory]);
  execFileSync('git', ['checkout', '--quiet', '--detach', commit], { cwd: directory });
  // installs what is locked as well
  execFileSync('npm', ['run', 'package'], quiet);
  execFileSync('npm', ['run', 'package:deb'], quiet);
  const dist = join(directory, 'dist');
  const names = readdirSync(dist, { recursive: true }).map(String).sort();
  const files = names.filter((name) => statSync(join(dist, name)).isFile());
  const digest = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(dist, name)))
      .digest('hex');
  return Object.fromEntries(files.map((name) => [name, digest(name)]));
}

test('twice from a clean clone: byte for byte the same', (t) => {
  const dir = tempDir(t);
  // somebody may commit meanwhile
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: project, encoding: 'utf8' }).trim();
  const first = packaged(join(dir, 'here'), commit);
  assert.deepEqual(Object.keys(first).length, 8, Object.keys(first).join(' '));
  assert.deepEqual(packaged(join(dir, 'somewhere', 'else'), commit), first);
});
