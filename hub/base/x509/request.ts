/** Certificate requests (PKCS #10, RFC 2986): made on the device, read and checked by the hub. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ecdsaSha256, publicKeyInfo } from './certificate.ts';
import { bits, children, type DerValue, der, integer, readDer, readOid, sequence, tag } from './der.ts';
import { type DistinguishedName, decodeName, encodeName } from './name.ts';
import { fromPem, toPem } from './pem.ts';

/** A request whose signature was checked: who asks, with which key, and whether it asks for extensions. */
export interface CertificateRequest {
  readonly subject: DistinguishedName;
  readonly publicKey: KeyObject;
  readonly attributes: number;
}

/** What its PEM block is called (RFC 7468). */
export const requestLabel = 'CERTIFICATE REQUEST';

/** A request for `subject`, signed with `key` (EC P-256), in PEM. */
export function createRequest(subject: DistinguishedName, key: KeyObject): string {
  const body = sequence(integer(Buffer.from([0])), encodeName(subject), publicKeyInfo(key), der(tag.context0));
  return toPem(requestLabel, sequence(body, ecdsaSha256, bits(sign('sha256', body, key))));
}

/** The value at this place; throws RangeError for one of another tag. */
export function requestPart(values: readonly DerValue[], index: number, tagByte: number): DerValue {
  const value = values[index];
  if (value === undefined || value.tag !== tagByte) throw new RangeError('the request is not PKCS #10');
  return value;
}

/** Reads a PEM request and checks its signature (ECDSA with SHA-256); throws RangeError with the reason otherwise. */
export function readRequest(pem: string): CertificateRequest {
  const [bytes, ...more] = fromPem(requestLabel, pem);
  if (bytes === undefined || more.length > 0) throw new RangeError(`there is not exactly one ${requestLabel} block`);
  const outer = readDer(bytes);
  if (outer.tag !== tag.sequence || outer.raw.length !== bytes.length)
    throw new RangeError('the request is not PKCS #10');
  const [bodyAt, algorithmAt, signatureAt] = [0, 1, 2];
  const parts = children(outer);
  const body = requestPart(parts, bodyAt, tag.sequence);
  const algorithm = requestPart(parts, algorithmAt, tag.sequence);
  const signature = requestPart(parts, signatureAt, tag.bitString);
  const fields = children(body);
  const version = requestPart(fields, 0, tag.integer);
  const subject = decodeName(requestPart(fields, 1, tag.sequence));
  const keyInfo = requestPart(fields, 2, tag.sequence);
  const attributes = requestPart(fields, 3, tag.context0);
  if (version.content.length !== 1 || version.content[0] !== 0) throw new RangeError('the request is not of version 1');
  if (!algorithm.raw.equals(ecdsaSha256)) throw new RangeError('the request is not signed with ECDSA and SHA-256');
  if (
    readOid(requestPart(children(requestPart(children(keyInfo), 0, tag.sequence)), 0, tag.oid)) !== '1.2.840.10045.2.1'
  ) {
    throw new RangeError('the key is not an elliptic curve key');
  }
  const publicKey = createPublicKey({ key: keyInfo.raw, format: 'der', type: 'spki' });
  if (signature.content[0] !== 0 || !verify('sha256', body.raw, publicKey, signature.content.subarray(1))) {
    throw new RangeError('the signature of the request is wrong');
  }
  return { subject, publicKey, attributes: children(attributes).length };
}
