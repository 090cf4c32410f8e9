/** A broker that is not the hub's own: is it there, and if not, what to do on it. */
import { join } from 'node:path';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { checkHubSettings } from '../../hub/base/hub-settings.ts';
import { readWritten } from '../../hub/base/settings.ts';
import { again } from './again.ts';
import { Failure } from './failure.ts';
import { HubClient } from './hub-client.ts';

/** Milliseconds between two looks. */
const lookAgain = 500;

/** Resolves when the hub can use its broker; throws Failure when it still cannot after `patience` milliseconds. */
export async function brokerReady(dir: DataDir, patience: number): Promise<void> {
  if (checkHubSettings(readWritten(dir.hub.settings)).mqttUrl === '') return;
  const client = new HubClient(dir);
  const end = Date.now() + patience;
  for (;;) {
    const trouble = await brokerTrouble(client);
    if (trouble === undefined) return;
    if (Date.now() >= end) throw notReady(dir, trouble);
    await new Promise((resolve) => setTimeout(resolve, lookAgain));
  }
}

async function brokerTrouble(client: HubClient): Promise<string | undefined> {
  try {
    await client.call<string>('GET', '/readyz/mqtt-broker');
    return undefined;
  } catch (error) {
    const trouble = /\[-\]mqtt-broker failed: (.*)/.exec((error as Error).message)?.[1];
    if (trouble === undefined) throw error;
    return trouble;
  }
}

function notReady(dir: DataDir, trouble: string): Failure {
  const files = join(dir.hub.dir, 'mosquitto');
  return new Failure(trouble, {
    next: [
      'the hub runs and goes on trying. If the broker is Mosquitto, run on its machine:',
      `sudo install -o mosquitto -m 0400 ${files}/* /etc/mosquitto/conf.d/`,
      'sudo systemctl restart mosquitto',
      `then here: ${again('start')}`,
    ].join('\n  '),
  });
}
