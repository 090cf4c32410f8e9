/** Which agent this is, for the runtime: several may share one, and each leaves the others' containers alone. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writePrivate } from '../../../hub/base/private-file.ts';

/** The mark of the agent whose runtime keeps its state in `dir`; made at its first start. */
export async function agentInstance(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const file = join(dir, 'instance');
  const before = (await readIfThere(file))?.trim();
  if (before !== undefined && /^[0-9a-f]{32}$/.test(before)) return before;
  const instance = randomBytes(16).toString('hex');
  await writePrivate(file, instance);
  return instance;
}
