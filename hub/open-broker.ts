/** The broker put together: the hub's own, or one that runs elsewhere. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { NodeIdentities } from './auth/node-identities.ts';
import type { Pki } from './auth/pki.ts';
import type { Clock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Log } from './base/log.ts';
import type { Broker, BrokerTls } from './mqtt/broker/broker.ts';
import { createEmbeddedBroker, type EmbeddedBroker } from './mqtt/broker/embedded-broker.ts';
import { brokerPlace, hubUserName } from './mqtt/broker/broker-place.ts';
import { writeMosquittoFiles } from './mqtt/broker/mosquitto-files.ts';

/** What a broker is made of. */
export interface BrokerOptions {
  readonly pki: Pki;
  readonly dir: DataDir;
  readonly settings: HubSettings;
  /** Where the hub is reached. */
  readonly hosts: readonly string[];
  readonly identities: Pick<NodeIdentities, 'accepts'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The broker, which is `embedded` where it is the hub's own. */
export interface OpenBroker {
  readonly broker: Broker;
  readonly embedded: EmbeddedBroker | undefined;
}

/** The hub's own client certificate towards an external broker. */
function hubClientTls(pki: Pki): () => BrokerTls {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = pki.signClient({ commonName: hubUserName, organizations: [] }, pair.publicKey);
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return () => ({ ca: pki.ca, cert, key });
}

/** Keeps the files with which Mosquitto becomes this hub's broker. */
async function offerMosquitto({ pki, dir, settings, hosts, log }: BrokerOptions): Promise<void> {
  const { host, port } = brokerPlace(settings.mqttUrl);
  const { certificate, key, ca } = await pki.broker(host === '' ? hosts : [host]);
  const directory = join(dir.hub.dir, 'mosquitto');
  const isChanged = await writeMosquittoFiles({ directory, port, tls: { cert: certificate, key, ca } });
  if (isChanged) log.info({ directory }, 'wrote the configuration of Mosquitto: copy it to the broker');
}

/** Makes the broker; it runs when it is started. */
export async function openBroker(options: BrokerOptions): Promise<OpenBroker> {
  const { pki, settings, identities, clock, log } = options;
  if (settings.mqttUrl !== '') {
    await offerMosquitto(options);
    // an MQTT client is much to load for a hub that is its own broker
    const { createExternalBroker } = await import('./mqtt/broker/external-broker.ts');
    const broker = createExternalBroker({ url: settings.mqttUrl, tls: hubClientTls(pki), log, clock });
    return { broker, embedded: undefined };
  }
  const tls = (): BrokerTls => {
    const { certificate, key, ca } = pki.server();
    return { cert: certificate, key, ca };
  };
  const embedded = createEmbeddedBroker({
    tls: tls(),
    host: settings.bindAddress,
    port: settings.mqttPort,
    clock,
    log,
    admit: (node, keyHash) => identities.accepts(node, keyHash),
  });
  pki.onServerChange(() => embedded.reload(tls()));
  return { broker: embedded, embedded };
}
