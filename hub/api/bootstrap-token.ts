/** Bootstrap tokens: Secrets that let a new node or administrator in for a while. API: "Authenticating with Bootstrap Tokens". */
import { createHmac } from 'node:crypto';
import type { Secret } from './config.ts';

/** Where their Secrets are. */
export const bootstrapTokenNamespace = 'kube-system';

/** The type of such a Secret. */
export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';

/** What the Secret of the token `<id>.<secret>` is called before its id. */
export const bootstrapTokenPrefix = 'bootstrap-token-';

/** The group of everybody who holds one. */
const bootstrappers = 'system:bootstrappers';

/** A token as its Secret tells it. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** Unix milliseconds; undefined when it has no end. */
  readonly expires: number | undefined;
  /** May be shown as a bearer token. */
  readonly authentication: boolean;
  /** Signs the kubeconfig in the ConfigMap cluster-info. */
  readonly signing: boolean;
  /** `system:bootstrappers` and what the Secret adds; undefined when one of them is no such group. */
  readonly groups: readonly string[] | undefined;
}

/** The parts of a bearer token of this kind; undefined for any other. */
export function splitBootstrapToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

function groupsOf(extra: string): readonly string[] | undefined {
  const more = extra.split(',').filter((group) => group !== '');
  if (!more.every((group) => /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group))) return undefined;
  return [...new Set([bootstrappers, ...more])].sort();
}

/** Reads a Secret; undefined when it is no usable token: another type or name, going, or with an end nobody can read. */
export function readBootstrapToken(object: Secret): BootstrapToken | undefined {
  const { metadata, type, data = {} } = object;
  if (type !== bootstrapTokenType || metadata.deletionTimestamp !== undefined) return undefined;
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  const parts = splitBootstrapToken(`${text('token-id')}.${text('token-secret')}`);
  if (parts === undefined || metadata.name !== bootstrapTokenPrefix + parts.id) return undefined;
  const expiration = text('expiration');
  const expires = expiration === '' ? undefined : Date.parse(expiration);
  if (Number.isNaN(expires)) return undefined;
  return {
    ...parts,
    expires,
    authentication: text('usage-bootstrap-authentication') === 'true',
    signing: text('usage-bootstrap-signing') === 'true',
    groups: groupsOf(text('auth-extra-groups')),
  };
}

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

/** A detached JSON Web Signature (RFC 7515, appendix F) of `content` with the token: HS256, keyed by its secret. */
export function detachedSignature(content: string, { id, secret }: Pick<BootstrapToken, 'id' | 'secret'>): string {
  const head = encode(JSON.stringify({ alg: 'HS256', kid: id }));
  const signature = createHmac('sha256', secret)
    .update(`${head}.${encode(content)}`)
    .digest('base64url');
  return `${head}..${signature}`;
}
