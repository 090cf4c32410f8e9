/** Takes the Pod network off this machine, for good. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../../hub/base/private-file.ts';
import { bridgeName, cniFileName } from './network.ts';
import { type RunNft, runNft } from './nft.ts';
import { removeTables } from './nft-table.ts';
import { masqueradeTable } from './masquerade/masquerade-table.ts';
import { policyTable } from './policy/policy-table.ts';
import { type IpTool, ipTool } from './routes/ip-tool.ts';
import { removeRoutes } from './routes/remove-routes.ts';
import { servicesTable } from './services/service-rules.ts';

/**
 * Removes the configuration, the packet rules, the bridge and the ways to other nodes, when they are those of the agent that
 * keeps its reservations in `dataDir`: another agent's are left alone. To be called when no Pod runs any more. Idempotent.
 */
export async function removeNetwork(options: {
  confDir: string;
  dataDir: string;
  tool?: IpTool;
  run?: RunNft;
}): Promise<void> {
  const file = join(options.confDir, cniFileName);
  const text = await readIfThere(file);
  if (text?.includes(JSON.stringify(options.dataDir)) !== true) return;
  await rm(file, { force: true });
  // what cannot be removed without the program was not made
  await (options.run ?? runNft)(removeTables([servicesTable, policyTable, masqueradeTable])).catch(() => {});
  const tool = options.tool ?? ipTool;
  try {
    // the bridge was never made while there was no Pod, and is gone with its network namespace
    await tool.batch('ip', [`link delete ${bridgeName}`]);
    await removeRoutes(tool);
  } catch {
    // without the program nothing was made
  }
}
