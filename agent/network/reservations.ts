/** Addresses host-local keeps for Pods that are gone: freed, so that a range does not run dry. */
import { readdir, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

/**
 * Removes the reservations in `directory` whose address is not among `inUse`; answers which. Each file is named by
 * its address. To be called while no sandbox is being made.
 */
export async function freeReservations(directory: string, inUse: ReadonlySet<string>): Promise<string[]> {
  const names = await readdir(directory).catch((): string[] => []);
  const left = names.filter((name) => isIP(name) !== 0 && !inUse.has(name));
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })));
  return left;
}
