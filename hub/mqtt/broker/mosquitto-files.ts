/** Everything Mosquitto needs to be this hub's broker, as files to be copied into its configuration directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, writePrivate } from '../../base/private-file.ts';
import { mosquittoAcl, mosquittoConfiguration } from './acl.ts';
import type { BrokerTls } from './broker.ts';

/** Where Debian's Mosquitto looks for `*.conf`; the other files may lie beside it. */
const target = '/etc/mosquitto/conf.d';

/** Writes `coracle.conf`, its ACL and certificates into `directory` where they differ; true when something did. */
export async function writeMosquittoFiles(options: {
  directory: string;
  port: number;
  /** The broker's own: `cert` is the chain with the CA, as nodes look for the CA they pinned in it. */
  tls: BrokerTls;
}): Promise<boolean> {
  const { directory, port, tls } = options;
  const names = { ca: 'coracle-ca.crt', cert: 'coracle-server.crt', key: 'coracle-server.key', acl: 'coracle.acl' };
  const at = (name: string): string => `${target}/${name}`;
  const files = { ca: at(names.ca), cert: at(names.cert), key: at(names.key), acl: at(names.acl) };
  const contents: [string, string | Buffer][] = [
    [names.ca, tls.ca],
    [names.cert, tls.cert],
    [names.key, tls.key],
    [names.acl, mosquittoAcl],
    ['coracle.conf', mosquittoConfiguration({ port, files })],
  ];
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let isChanged = false;
  for (const [name, content] of contents) {
    const path = join(directory, name);
    if ((await readIfThere(path)) === content.toString()) continue;
    await writePrivate(path, content);
    isChanged = true;
  }
  return isChanged;
}
