/** The container runtime of this machine, and the programs its network takes. */
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentSettings } from '../../../hub/base/agent-settings.ts';
import type { DataDir } from '../../../hub/base/data-dir.ts';
import { readIfThere } from '../../../hub/base/private-file.ts';
import { accepts, chosenSocketFile, usualSockets } from '../../runtime/cri-socket.ts';
import type { RuntimeFact } from './facts.ts';

const pluginDirs = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni', '/snap/coracle/current/usr/lib/cni'];
const plugins = ['bridge', 'host-local', 'portmap'];
const needed = ['nft', 'ip', 'conntrack'];

/** Looks at it, as an agent with these settings would. */
export async function gatherRuntime(dir: DataDir, settings: AgentSettings): Promise<RuntimeFact> {
  const socket = settings.runtime === 'process' ? undefined : await socketOf(dir, settings);
  const cniPlugins = pluginDirs.find((folder) => plugins.every((name) => existsSync(join(folder, name))));
  const missing: string[] = [];
  for (const name of needed) if (!(await isInstalled(name))) missing.push(name);
  return {
    isWanted: socket !== undefined || settings.runtime === 'containerd',
    answers: socket !== undefined && (await accepts(socket)),
    missing,
    ...(socket === undefined ? {} : { socket }),
    ...(cniPlugins === undefined ? {} : { cniPlugins }),
  };
}

/** The socket the agent uses or would use; undefined where it would run processes. */
async function socketOf(dir: DataDir, settings: AgentSettings): Promise<string | undefined> {
  const written = settings.runtimeEndpoint.replace(/^unix:\/\//, '');
  if (written !== '') return written;
  const chosen = await readIfThere(chosenSocketFile(dir.agent.dir)).catch(() => undefined);
  return chosen ?? usualSockets.find((path) => existsSync(path));
}

async function isInstalled(name: string): Promise<boolean> {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
  for (const folder of folders) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
