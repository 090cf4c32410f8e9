/** Certificate requests of anybody (PKCS #10, RFC 2986): any usual key, any subject, and the names it asks for. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { children, type DerValue, readDer, readOid, tag } from './der.ts';
import { commonNameOid, organizationOid } from './name.ts';
import { fromPem } from './pem.ts';
import { requestLabel, requestPart } from './request.ts';

/** A request whose signature was checked. */
export interface SigningRequest {
  /** Empty when there is none. */
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** The whole subject, as it is written. */
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  /** The subjectAltName (RFC 5280 4.2.1.6) as it is written, undefined when none is asked for. */
  readonly alternativeNames: Buffer | undefined;
  /** How many names of each kind are asked for. */
  readonly names: { readonly dns: number; readonly ip: number; readonly email: number; readonly uri: number };
}

const extensionRequestOid = '1.2.840.113549.1.9.14';
const alternativeNameOid = '2.5.29.17';
const textTags: readonly number[] = [tag.utf8String, tag.printableString, tag.ia5String];

/** The hash of each signature algorithm (RFC 5758, RFC 8017, RFC 8410); null where it is part of the algorithm. */
const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

/** Every text of one attribute of a subject, in order. */
function texts(subject: DerValue, attribute: string): string[] {
  const found: string[] = [];
  for (const set of children(subject)) {
    for (const pair of children(set)) {
      const [type, value] = children(pair);
      if (type === undefined || value === undefined || readOid(type) !== attribute) continue;
      if (!textTags.includes(value.tag)) throw new RangeError('the subject holds a value that is not text');
      found.push(value.content.toString('utf8'));
    }
  }
  return found;
}

/** The value of the subjectAltName among the extensions a request asks for. */
function alternativeNamesOf(attributes: DerValue | undefined): Buffer | undefined {
  for (const attribute of attributes === undefined ? [] : children(attributes)) {
    const [type, set] = children(attribute);
    if (type === undefined || set === undefined || readOid(type) !== extensionRequestOid) continue;
    for (const list of children(set)) {
      for (const extension of children(list)) {
        const fields = children(extension);
        const [id, value] = [fields[0], fields.at(-1)];
        if (id !== undefined && value?.tag === tag.octetString && readOid(id) === alternativeNameOid)
          return value.content;
      }
    }
  }
  return undefined;
}

function countNames(value: Buffer | undefined): SigningRequest['names'] {
  const tags = value === undefined ? [] : children(readDer(value)).map((name) => name.tag);
  const count = (one: number): number => tags.filter((found) => found === one).length;
  return { email: count(0x81), dns: count(0x82), uri: count(0x86), ip: count(0x87) };
}

function read(pem: string): SigningRequest {
  const [bytes] = fromPem(requestLabel, pem);
  if (bytes === undefined) throw new RangeError(`PEM block type must be ${requestLabel}`);
  const outer = readDer(bytes);
  const parts = children(outer);
  const body = requestPart(parts, 0, tag.sequence);
  const algorithm = readOid(requestPart(children(requestPart(parts, 1, tag.sequence)), 0, tag.oid));
  const signature = requestPart(parts, 2, tag.bitString);
  const fields = children(body);
  const subject = requestPart(fields, 1, tag.sequence);
  const publicKey = createPublicKey({ key: requestPart(fields, 2, tag.sequence).raw, format: 'der', type: 'spki' });
  const hash = hashes[algorithm];
  if (hash === undefined) throw new RangeError(`the request is signed with an algorithm not known here (${algorithm})`);
  if (signature.content[0] !== 0 || !verify(hash, body.raw, publicKey, signature.content.subarray(1)))
    throw new RangeError('the signature of the request is wrong');
  const alternativeNames = alternativeNamesOf(fields[3]);
  return {
    commonName: texts(subject, commonNameOid)[0] ?? '',
    organizations: texts(subject, organizationOid),
    subject: subject.raw,
    publicKey,
    alternativeNames,
    names: countNames(alternativeNames),
  };
}

/** Reads the first request in `pem` and checks its signature; throws RangeError with the reason. */
export function readSigningRequest(pem: string): SigningRequest {
  try {
    return read(pem);
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new RangeError('the key of the request cannot be read', { cause });
  }
}
