/** Who this node is to the hub: its key, its certificate, the CA it trusts, and where the hub is. Kept in two files. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { JoinResponse } from '../../hub/api/join.ts';
import { publicKeyHash } from '../../hub/base/x509/certificate.ts';
import { readIfThere, writePrivate } from '../../hub/base/private-file.ts';
import type { HubAddress } from './hub-request.ts';

/** What joining left behind. `key`, `certificate` and `ca` are PEM; `host` is how the hub was named when joining. */
export interface LinkIdentity extends JoinResponse {
  readonly host: string;
  readonly key: string;
}

const keyFile = (directory: string): string => join(directory, 'node.key');
const factsFile = (directory: string): string => join(directory, 'node.json');

/** The device's key (EC P-256) in `directory`, made there when it is missing; it never leaves the device. */
export async function deviceKey(directory: string): Promise<KeyObject> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const text = await readIfThere(keyFile(directory));
  if (text !== undefined) return createPrivateKey(text);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writePrivate(keyFile(directory), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return privateKey;
}

/** Keeps what the hub answered: one file, so that it is the old answer or the new one. */
export async function saveIdentity(directory: string, host: string, answer: JoinResponse): Promise<LinkIdentity> {
  await writePrivate(factsFile(directory), JSON.stringify({ ...answer, host }));
  const identity = await loadIdentity(directory);
  if (identity === undefined) throw new Error(`${directory} lost what was just written to it`);
  return identity;
}

/** The identity in `directory`, or undefined when this device has not joined. Throws an Error that names a damaged file. */
export async function loadIdentity(directory: string): Promise<LinkIdentity | undefined> {
  const [key, text] = await Promise.all([readIfThere(keyFile(directory)), readIfThere(factsFile(directory))]);
  if (key === undefined || text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as JoinResponse & { host: string };
    if (!new X509Certificate(facts.certificate).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the certificate is not of the key beside it');
    }
    return { ...facts, key };
  } catch (cause) {
    throw new Error(`${factsFile(directory)} is damaged: join again`, { cause });
  }
}

/** Where to ask the hub as this node. */
export function hubAddress(identity: LinkIdentity, now: number): HubAddress {
  return {
    host: identity.host,
    port: identity.joinPort,
    pin: { caHash: publicKeyHash(new X509Certificate(identity.ca).publicKey), now },
    client: { key: identity.key, certificate: identity.certificate },
  };
}

/** The broker's URL with its host filled in: an empty one means the host that was joined. */
export function brokerUrl(identity: LinkIdentity): string {
  const host = identity.host.includes(':') ? `[${identity.host}]` : identity.host;
  return identity.mqttUrl.replace(/^([a-z]+:\/\/)(?=:|\/|$)/, `$1${host}`);
}
