/** What a node that leaves takes out of the machine's network. */
import { cniDataDir } from '../network/network.ts';
import { releaseAddress } from '../dns/link.ts';
import { removeNetwork } from '../network/remove-network.ts';
import { readAgentSettings } from '../../hub/base/agent-settings.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';

/** Removes the configuration the agent of this data directory gave container runtimes, its bridge, and the address of its DNS. Never fails on settings that are broken. */
export async function leaveNetwork(dir: DataDir): Promise<void> {
  await releaseAddress({ owner: dir.agent.dir });
  let confDir: string;
  try {
    confDir = readAgentSettings(dir.agent.settings).cniConfDir;
  } catch {
    // nobody can tell where it is
    return;
  }
  await removeNetwork({ confDir, dataDir: cniDataDir(dir.agent.dir) });
}
