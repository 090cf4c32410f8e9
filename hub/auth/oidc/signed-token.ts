/** JSON Web Tokens of others (RFC 7515, RFC 7518): read, and checked with the public key of their issuer. */
import { constants, type KeyObject, verify } from 'node:crypto';
import { type Claims, decodePart } from '../jwt.ts';

/** A token taken apart; nothing of it is trusted yet. */
export interface SignedToken {
  readonly algorithm: string;
  readonly keyId: string;
  readonly claims: Claims;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Longest token looked at, in characters. */
const longest = 32_768;

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const joined = { dsaEncoding: 'ieee-p1363' as const };

/** Algorithms with a public key: hash, type of key, its curve, and how the signature is written. */
const algorithms: Readonly<Record<string, { hash: string; type: string; curve?: string; how: object }>> = {
  RS256: { hash: 'sha256', type: 'rsa', how: {} },
  RS384: { hash: 'sha384', type: 'rsa', how: {} },
  RS512: { hash: 'sha512', type: 'rsa', how: {} },
  PS256: { hash: 'sha256', type: 'rsa', how: pss },
  PS384: { hash: 'sha384', type: 'rsa', how: pss },
  PS512: { hash: 'sha512', type: 'rsa', how: pss },
  ES256: { hash: 'sha256', type: 'ec', curve: 'prime256v1', how: joined },
  ES384: { hash: 'sha384', type: 'ec', curve: 'secp384r1', how: joined },
  ES512: { hash: 'sha512', type: 'ec', curve: 'secp521r1', how: joined },
};

/** Takes a compact token apart; undefined when it is none, or signed in a way not known here (`none` and HMAC among them). */
export function takeApart(token: string): SignedToken | undefined {
  if (token.length > longest) return undefined;
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || signature === '') return undefined;
  const header = decodePart(head);
  const claims = decodePart(body);
  const { alg, kid = '', crit } = header ?? {};
  if (claims === undefined || crit !== undefined || typeof alg !== 'string' || typeof kid !== 'string')
    return undefined;
  if (!Object.hasOwn(algorithms, alg)) return undefined;
  const signed = Buffer.from(`${head}.${body}`, 'latin1');
  return { algorithm: alg, keyId: kid, claims, signed, signature: Buffer.from(signature, 'base64url') };
}

/** True when `key` signed the token with the algorithm it names, which has to be one for such keys. */
export function isSignedBy({ algorithm, signed, signature }: SignedToken, key: KeyObject): boolean {
  const known = algorithms[algorithm];
  if (known === undefined || key.asymmetricKeyType !== known.type) return false;
  if (known.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== known.curve) return false;
  return verify(known.hash, signed, { key, ...known.how }, signature);
}
