/** The program of the addon mqtt. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../client/program.ts';
import { WorkloadBroker } from './broker.ts';
import { Users } from './users.ts';

/** The certificate of the Secret mqtt-tls; undefined without one. */
async function readTls(): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const directory = process.env['CORACLE_VOLUME_TLS'] ?? '';
  try {
    const [cert, key] = await Promise.all([readFile(join(directory, 'tls.crt')), readFile(join(directory, 'tls.key'))]);
    return { cert, key };
  } catch {
    return undefined;
  }
}

await runProgram('mqtt', async (context) => {
  const { clock, log } = context;
  const tls = await readTls();
  if (tls === undefined) log.warn({}, 'there is no Secret mqtt-tls: connections are not encrypted');
  const port = Number(process.env['MQTT_PORT']);
  const users = new Users(context, (names) => broker.cut(names));
  const broker = new WorkloadBroker({ port, tls, user: (name) => users.get(name), clock, log });
  users.start();
  await broker.start();
  return {
    async stop() {
      await users.stop();
      await broker.stop();
    },
  };
});
