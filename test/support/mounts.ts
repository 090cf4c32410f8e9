/** Directories for tests that mount: everything mounted below is undone before they are removed, also when a test fails. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseMountTable } from '../../agent/volumes/mount-table.ts';

/** What is mounted at or below `dir` now. */
export function mountsBelow(dir: string): string[] {
  const mounted = parseMountTable(readFileSync('/proc/self/mountinfo', 'utf8'));
  return mounted.filter((path) => path === dir || path.startsWith(`${dir}/`));
}

/** A fresh directory in which a test may mount. */
export function mountDir(test: Pick<TestContext, 'after'>): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'coracle-mounts-')));
  test.after(() => {
    for (const path of mountsBelow(dir).reverse()) execFileSync('umount', ['--lazy', path]);
    if (mountsBelow(dir).length === 0) rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** Shows `source` at `target` as well. */
export function bind(source: string, target: string): void {
  execFileSync('mount', ['--bind', source, target]);
}
