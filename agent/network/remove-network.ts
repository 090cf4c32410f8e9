/** Takes the Pod network off this machine, for good. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readIfThere } from '../../hub/base/private-file.ts';
import { bridgeName } from './cni-config.ts';
import { cniFileName } from './network.ts';
import { type RunNft, runNft } from './nft.ts';
import { removeTables } from './nft-table.ts';
import { policyTable } from './policy/policy-table.ts';
import { servicesTable } from './services/service-rules.ts';

/**
 * Removes the configuration and the bridge, when they are those of the agent that keeps its reservations in `dataDir`: another
 * agent's are left alone. To be called when no Pod runs any more. Idempotent.
 */
export async function removeNetwork(options: {
  confDir: string;
  dataDir: string;
  removeLink?: (name: string) => Promise<unknown>;
  run?: RunNft;
}): Promise<void> {
  const file = join(options.confDir, cniFileName);
  const text = await readIfThere(file);
  if (text?.includes(JSON.stringify(options.dataDir)) !== true) return;
  await rm(file, { force: true });
  // what cannot be removed without the program was not made
  await (options.run ?? runNft)(removeTables([servicesTable, policyTable])).catch(() => {});
  // never made while there was no Pod, and gone with its network namespace
  await (options.removeLink ?? removeLink)(bridgeName).catch(() => {});
}

const removeLink = (name: string): Promise<unknown> => promisify(execFile)('ip', ['link', 'delete', name]);
