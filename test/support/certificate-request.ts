/** Certificate requests made by a library of others, for tests. */
import 'reflect-metadata';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';

/** A request and the private key it was made with, PEM. */
export interface MadeRequest {
  readonly pem: string;
  /** As the API carries it. */
  readonly base64: string;
  readonly key: string;
}

/** What to ask for; `names` such as `{ type: 'dns', value: 'n1' }`. */
export interface RequestWish {
  readonly names?: readonly { type: 'dns' | 'ip' | 'email' | 'url'; value: string }[];
  readonly rsa?: boolean;
}

const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

/** Makes a key and a request of it for `subject`, such as `CN=ann, O=dev`. */
export async function makeRequest(subject: string, wish: RequestWish = {}): Promise<MadeRequest> {
  const algorithm = wish.rsa === true ? rsa : curve;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    extensions: wish.names === undefined ? [] : [new SubjectAlternativeNameExtension([...wish.names])],
  });
  const pem = `${request.toString('pem')}\n`;
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
  return { pem, base64: Buffer.from(pem).toString('base64'), key };
}
