/** Sealed values: bytes only a holder of the key can read or change, AES-256-GCM (NIST SP 800-38D). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** One data key. */
export interface DataKey {
  /** Eight hexadecimal characters; stands in every value the key sealed. */
  readonly id: string;
  /** 32 bytes. */
  readonly secret: Buffer;
}

/** What a value belongs to. It is authenticated: a value moved to another key or revision cannot be opened. */
export interface SealedPlace {
  readonly key: string;
  readonly revision: number;
}

/** No JSON text begins like this, so plain values are told from sealed ones. */
const mark = Buffer.from('sealed:1:', 'latin1');
const idLength = 8;
const nonceLength = 12;
const tagLength = 16;
const headLength = mark.length + idLength + nonceLength + tagLength;
const algorithm = 'aes-256-gcm';

const boundTo = ({ key, revision }: SealedPlace): Buffer => Buffer.from(`${revision} ${key}`, 'utf8');

/** A new random key. */
export function newDataKey(): DataKey {
  return { id: randomBytes(idLength / 2).toString('hex'), secret: randomBytes(32) };
}

/** `mark`, the key's id, nonce, tag, then what was sealed. A random nonce is good for 2^32 values of one key. */
export function seal(plain: Buffer, place: SealedPlace, key: DataKey): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key.secret, nonce, { authTagLength: tagLength });
  cipher.setAAD(boundTo(place));
  const body = [cipher.update(plain), cipher.final()];
  return Buffer.concat([mark, Buffer.from(key.id, 'latin1'), nonce, cipher.getAuthTag(), ...body]);
}

/** The id of the key that sealed `value`; undefined when it is plain. */
export function sealedWith(value: Buffer): string | undefined {
  if (value[0] !== mark[0] || value.length < headLength || value.compare(mark, 0, mark.length, 0, mark.length) !== 0)
    return undefined;
  return value.toString('latin1', mark.length, mark.length + idLength);
}

/** What was sealed. Throws when the value was changed, belongs somewhere else, or `key` is not its key. */
export function unseal(value: Buffer, place: SealedPlace, key: DataKey): Buffer {
  const nonceAt = mark.length + idLength;
  const tagAt = nonceAt + nonceLength;
  const cipher = createDecipheriv(algorithm, key.secret, value.subarray(nonceAt, tagAt), { authTagLength: tagLength });
  cipher.setAAD(boundTo(place));
  cipher.setAuthTag(value.subarray(tagAt, headLength));
  return Buffer.concat([cipher.update(value.subarray(headLength)), cipher.final()]);
}
