/** A machine that was restarted, as far as a program can tell: another boot id, shown in a mount namespace of its own. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const kernelFile = '/proc/sys/kernel/random/boot_id';
const script = `mount --bind "$0" ${kernelFile} && exec "$@"`;

/** Words to put before a command so that it, and what it starts, lives after another boot; the id's file is kept in `dir`. */
export function afterReboot(dir: string): { id: string; within: string[] } {
  const id = randomUUID();
  const file = join(dir, 'boot-id');
  writeFileSync(file, `${id}\n`);
  return { id, within: ['unshare', '--mount', 'sh', '-c', script, file] };
}

/** Why `afterReboot` cannot work here; false when it can. */
export function noReboots(): string | false {
  const dir = mkdtempSync(join(tmpdir(), 'coracle-boot-'));
  const { id, within } = afterReboot(dir);
  const [program = '', ...args] = [...within, 'cat', kernelFile];
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  return stdout?.trim() === id ? false : 'another boot id can be shown by root only (unshare --mount)';
}
