/** The file with the data keys of sealed values: mode 0600, the first key seals, all of them open. */
import { chmod } from 'node:fs/promises';
import { readIfThere, writePrivate } from '../../base/private-file.ts';
import { type DataKey, newDataKey } from './seal.ts';

/** At least one key. */
export type DataKeys = readonly [DataKey, ...DataKey[]];

const isKey = (value: unknown): value is { id: string; secret: string } => {
  const { id, secret } = (value ?? {}) as Record<string, unknown>;
  return typeof id === 'string' && /^[0-9a-f]{8}$/.test(id) && typeof secret === 'string';
};

/** The keys of `file`; one is made when the file is not there. Throws an Error that names a file it cannot read. */
export async function openKeyFile(file: string): Promise<DataKeys> {
  const text = await readIfThere(file);
  if (text === undefined) {
    const keys: DataKeys = [newDataKey()];
    await writeKeyFile(file, keys);
    return keys;
  }
  await chmod(file, 0o600);
  const [first, ...rest] = parse(text);
  if (first === undefined) throw new Error(`${file} holds no readable keys: put it back from a backup`);
  return [first, ...rest];
}

function parse(text: string): DataKey[] {
  let found: unknown;
  try {
    found = (JSON.parse(text) as { keys?: unknown }).keys;
  } catch {
    return [];
  }
  if (!Array.isArray(found) || !found.every(isKey)) return [];
  const keys = found.map(({ id, secret }) => ({ id, secret: Buffer.from(secret, 'base64') }));
  return keys.every(({ secret }) => secret.length === 32) ? keys : [];
}

/** Replaces the file as a whole; resolves when it is on the disk. */
export async function writeKeyFile(file: string, keys: DataKeys): Promise<void> {
  const written = keys.map(({ id, secret }) => ({ id, secret: secret.toString('base64') }));
  await writePrivate(file, `${JSON.stringify({ keys: written }, null, 2)}\n`);
}
