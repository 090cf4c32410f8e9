/** Writes X.509 v3 certificates (RFC 5280) signed with ECDSA and SHA-256, and names the keys in them. */
import { createHash, createPublicKey, type KeyObject, randomBytes, sign, type X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, children, der, integer, octets, oid, readDer, sequence, tag, time, truth } from './der.ts';
import { type DistinguishedName, encodeName } from './name.ts';
import { toPem } from './pem.ts';

/** What a certificate is for. */
export type CertificatePurpose = 'authority' | 'server' | 'client';

/** What goes into a certificate. Times are Unix milliseconds; `hosts` are DNS names and IP addresses. */
export interface CertificateOptions {
  /** Bytes: a name that is written already. */
  readonly subject: DistinguishedName | Buffer;
  readonly publicKey: KeyObject;
  readonly purpose: CertificatePurpose;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly hosts?: readonly string[];
  /** A subjectAltName that is written already, in place of `hosts`. */
  readonly alternativeNames?: Buffer | undefined;
  /** The key may also encrypt keys, as TLS with RSA has it. */
  readonly keyEncipherment?: boolean;
  readonly issuer: { readonly name: DistinguishedName; readonly key: KeyObject };
}

/** AlgorithmIdentifier ecdsa-with-SHA256 (RFC 5758). */
export const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'));

/** The extended key usages (RFC 5280 4.2.1.12). */
export const extendedUsage = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** SubjectPublicKeyInfo of a key, private or public. */
export function publicKeyInfo(key: KeyObject): Buffer {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  return open.export({ type: 'spki', format: 'der' });
}

/** SHA-256 of a key's SubjectPublicKeyInfo, in lower-case hex: what a join line pins. */
export function publicKeyHash(key: KeyObject): string {
  return createHash('sha256').update(publicKeyInfo(key)).digest('hex');
}

/** RFC 5280 4.2.1.2, method 1: SHA-1 of the key's bits. */
function keyIdentifier(key: KeyObject): Buffer {
  const bitString = children(readDer(publicKeyInfo(key)))[1];
  if (bitString === undefined) throw new RangeError('the public key has no bits');
  return createHash('sha1').update(bitString.content.subarray(1)).digest();
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const words = (part: string | undefined): number[] =>
    part === undefined || part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
  const before = words(head);
  const after = words(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 0 ? der(0x82, Buffer.from(host, 'latin1')) : der(0x87, addressBytes(host)),
  );
  return sequence(...names);
}

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  critical ? sequence(oid(id), truth(true), octets(value)) : sequence(oid(id), octets(value));

/** RFC 5280 4.2.1.3: signing of certificates and lists, or digital signatures, and key encipherment where it is asked for. */
function keyUsage({ purpose, keyEncipherment }: CertificateOptions): Buffer {
  if (purpose === 'authority') return bits(Buffer.from([0x06]), 1);
  return keyEncipherment === true ? bits(Buffer.from([0xa0]), 5) : bits(Buffer.from([0x80]), 7);
}

function extensions(options: CertificateOptions): Buffer[] {
  const { purpose, hosts = [] } = options;
  const isAuthority = purpose === 'authority';
  const alternatives = options.alternativeNames ?? (hosts.length === 0 ? undefined : alternativeNames(hosts));
  return [
    extension('2.5.29.19', true, isAuthority ? sequence(truth(true)) : sequence()),
    extension('2.5.29.15', true, keyUsage(options)),
    ...(purpose === 'authority' ? [] : [extension('2.5.29.37', false, sequence(oid(extendedUsage[purpose])))]),
    extension('2.5.29.14', false, octets(keyIdentifier(options.publicKey))),
    extension('2.5.29.35', false, sequence(der(0x80, keyIdentifier(options.issuer.key)))),
    ...(alternatives === undefined ? [] : [extension('2.5.29.17', false, alternatives)]),
  ];
}

/** A signed certificate, in PEM. Serial numbers are 127 random bits. */
export function issueCertificate(options: CertificateOptions): string {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(
    der(tag.context0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaSha256,
    encodeName(options.issuer.name),
    sequence(time(options.notBefore), time(options.notAfter)),
    Buffer.isBuffer(options.subject) ? options.subject : encodeName(options.subject),
    publicKeyInfo(options.publicKey),
    der(tag.context3, sequence(...extensions(options))),
  );
  const signature = sign('sha256', body, options.issuer.key);
  return toPem('CERTIFICATE', sequence(body, ecdsaSha256, bits(signature)));
}

/** True when two thirds of a certificate's life are over at `now` (Unix milliseconds): time to renew. */
export function isDueForRenewal(certificate: X509Certificate, now: number): boolean {
  return now >= renewalTime(certificate);
}

/** When two thirds of a certificate's life are over, in Unix milliseconds. */
export function renewalTime(certificate: X509Certificate): number {
  const from = certificate.validFromDate.getTime();
  return from + ((certificate.validToDate.getTime() - from) * 2) / 3;
}
