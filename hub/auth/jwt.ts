/** JSON Web Tokens signed with ES256 (RFC 7515, RFC 7518 3.4), made and checked synchronously. */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { publicKeyHash } from '../base/x509/certificate.ts';

/** Claims as they stand in the token; nothing of them is trusted before the signature is checked. */
export type Claims = Record<string, unknown>;

/** Longest token looked at, in characters. */
const longest = 16_384;

/** Names a key in token headers and in the JWKS document. */
export function keyId(key: KeyObject): string {
  return Buffer.from(publicKeyHash(key), 'hex').toString('base64url');
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');

/** The JSON object in one part of a token; undefined when there is none. */
export function decodePart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** A signed token in compact form. */
export function signToken(claims: Claims, key: KeyObject): string {
  const text = `${encode({ alg: 'ES256', kid: keyId(key) })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text, 'latin1'), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** The claims of a token that `key` signed; undefined for anything else. Dates and audiences are the caller's to check. */
export function verifyToken(token: string, key: KeyObject): Claims | undefined {
  if (token.length > longest) return undefined;
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || signature === '') return undefined;
  if (decodePart(head)?.['alg'] !== 'ES256') return undefined;
  const open = key.type === 'private' ? createPublicKey(key) : key;
  const bytes = Buffer.from(signature, 'base64url');
  const isValid = verify(
    'sha256',
    Buffer.from(`${head}.${body}`, 'latin1'),
    { key: open, dsaEncoding: 'ieee-p1363' },
    bytes,
  );
  return isValid ? decodePart(body) : undefined;
}

/** The public key as an RFC 7517 JWK for the JWKS document. */
export function publicJwk(key: KeyObject): Record<string, unknown> {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  return {
    use: 'sig',
    kty: 'EC',
    kid: keyId(key),
    crv: 'P-256',
    alg: 'ES256',
    ...pick(open.export({ format: 'jwk' })),
  };
}

const pick = (jwk: { x?: string; y?: string }): Record<string, unknown> => ({ x: jwk.x, y: jwk.y });
