/** The hub's settings as `coracle start` keeps them: what was said once holds for the next start. */
import { type AddressInfo, createServer } from 'node:net';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { checkHubSettings, type HubSettings } from '../../hub/base/hub-settings.ts';
import { readWritten } from '../../hub/base/settings.ts';
import { writePrivate } from '../../hub/base/private-file.ts';
import { makeDirectory, notWritable } from './data-directory.ts';
import { exitCodes, Failure } from './failure.ts';

/** What the command line may say of the hub. */
export interface HubOptions {
  apiPort?: number;
  joinPort?: number;
  mqttPort?: number;
  bindAddress?: string;
  advertiseAddress?: string;
  clusterCidr?: string;
  serviceCidr?: string;
  mqttUrl?: string;
}

const kept = [
  'apiPort',
  'joinPort',
  'mqttPort',
  'bindAddress',
  'advertiseAddress',
  'clusterCidr',
  'serviceCidr',
  'mqttUrl',
] as const;

/** Writes the hub's settings when the command line changes them. A port 0 is chosen here, once, so that it stays. */
export async function keepSettings(dir: DataDir, options: HubOptions): Promise<void> {
  makeDirectory(dir, dir.hub.dir);
  const { written, settings } = readSettings(dir, options);
  const before = JSON.stringify(readWritten(dir.hub.settings));
  for (const key of ['apiPort', 'joinPort', 'mqttPort'] as const)
    if (settings[key] === 0) written[key] = await freePort(settings.bindAddress);
  if (JSON.stringify(written) === before) return;
  try {
    await writePrivate(dir.hub.settings, `${JSON.stringify(written, null, 2)}\n`);
  } catch (error) {
    throw notWritable(dir, error);
  }
}

/** What is kept with the command line over it. */
function readSettings(dir: DataDir, options: HubOptions): { written: Record<string, unknown>; settings: HubSettings } {
  try {
    const written = readWritten(dir.hub.settings);
    for (const key of kept) if (options[key] !== undefined) written[key] = options[key];
    return { written, settings: checkHubSettings(written) };
  } catch (error) {
    throw new Failure((error as Error).message, { exitCode: exitCodes.usage });
  }
}

/** A port nobody listens on now. */
function freePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Failure(`no port is free on ${host}: ${error.message}`)));
    server.listen(0, host, () => {
      const { port: chosen } = server.address() as AddressInfo;
      server.close(() => resolve(chosen));
    });
  });
}
