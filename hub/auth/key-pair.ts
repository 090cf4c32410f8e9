/** A private key and its certificate in two files of the pki directory. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, writePrivate } from '../base/private-file.ts';

/** PEM texts, as TLS takes them. */
export interface CertifiedKey {
  readonly key: string;
  readonly certificate: string;
}

/** A new EC P-256 key. */
export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** A private key as PKCS #8 PEM. */
export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The private key in `file`, made when it is not there. Throws an Error that names a file it cannot read. */
export async function keyIn(file: string): Promise<KeyObject> {
  const text = await readIfThere(file);
  if (text === undefined) {
    const key = newKey();
    await writePrivate(file, keyPem(key));
    return key;
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error(`${file} holds no readable private key: put it back from a backup`, { cause });
  }
}

/** What a stored pair must be; answers false when it is to be made anew. */
export type StillGood = (certificate: X509Certificate) => boolean;

/** `<name>.key` and `<name>.crt` of a directory: the stored pair when it is still good, else what `issue` makes for the key. */
export async function pairIn(
  directory: string,
  name: string,
  options: { readonly stillGood: StillGood; readonly issue: (key: KeyObject) => string },
): Promise<CertifiedKey> {
  const key = await keyIn(join(directory, `${name}.key`));
  const file = join(directory, `${name}.crt`);
  const stored = await readIfThere(file);
  if (stored !== undefined) {
    const certificate = parse(file, stored);
    if (certificate.checkPrivateKey(key) && options.stillGood(certificate)) {
      return { key: keyPem(key), certificate: stored };
    }
  }
  const made = options.issue(key);
  await writePrivate(file, made);
  return { key: keyPem(key), certificate: made };
}

function parse(file: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new Error(`${file} holds no readable certificate: remove it to have it made again`, { cause });
  }
}
