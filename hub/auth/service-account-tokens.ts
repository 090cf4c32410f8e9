/** Tokens of ServiceAccounts: issued for the TokenRequest API and for Pods, checked on every request. */
import { createPublicKey, type KeyObject, randomUUID } from 'node:crypto';
import { nodes, pods, secrets, serviceAccounts } from '../api/resource.ts';
import type { ResourceRef } from '../api/resource.ts';
import { authenticatedGroup } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { TokenHolder } from './auth.ts';
import { type Claims, publicJwk, signToken, verifyToken } from './jwt.ts';

/** An object whose end is the token's end. */
export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
}

/** What to issue. `expirationSeconds` undefined: no end (tokens kept in Secrets). `node` is where a bound Pod runs. */
export interface TokenOrder {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds?: number;
  readonly bound?: BoundObject;
  readonly node?: { readonly name: string; readonly uid: string };
}

/** A token and when it ends (Unix milliseconds). */
export interface IssuedToken {
  readonly token: string;
  readonly expires: number | undefined;
}

/** Whose token it is, and which of the wanted audiences it is for. */
export interface AccountHolder extends TokenHolder {
  readonly audiences: readonly string[];
}

/** `audiences`: those of the API server, the first is the one given to tokens that name none. */
export interface TokenOptions {
  readonly key: KeyObject;
  readonly registry: Pick<Registry, 'get'>;
  readonly clock: Clock;
  /** Told that the token kept in this Secret was used, when it is checked: once a day as long as it is. */
  readonly usedSecret?: (namespace: string, name: string) => void;
  readonly issuer?: string;
  readonly audiences?: readonly string[];
}

interface Named {
  name?: string;
  uid?: string;
}

interface KubernetesClaims {
  namespace?: string;
  serviceaccount?: Named;
  pod?: Named;
  secret?: Named;
  node?: Named;
}

const day = 24 * 3600_000;

/** API: whoever sets this label on a Secret takes its token out of use. */
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';

const defaultIssuer = 'https://kubernetes.default.svc.cluster.local';

/** Issues and checks ServiceAccount tokens. */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #registry: Pick<Registry, 'get'>;
  readonly #clock: Clock;
  readonly #usedSecret: (namespace: string, name: string) => void;

  constructor(options: TokenOptions) {
    this.issuer = options.issuer ?? defaultIssuer;
    this.audiences = options.audiences ?? ['https://kubernetes.default.svc', this.issuer];
    this.#key = options.key;
    this.#publicKey = createPublicKey(options.key);
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#usedSecret = options.usedSecret ?? (() => {});
  }

  /** Signs a token. The caller has checked that everything named in `order` exists. */
  issue(order: TokenOrder): IssuedToken {
    const now = Math.floor(this.#clock.now() / 1000);
    const { bound, node, expirationSeconds } = order;
    const claims: Claims = {
      aud: order.audiences,
      ...(expirationSeconds === undefined ? {} : { exp: now + expirationSeconds }),
      iat: now,
      iss: this.issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace: order.namespace,
        ...(node === undefined ? {} : { node }),
        ...(bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }),
        serviceaccount: { name: order.name, uid: order.uid },
      },
      nbf: now,
      sub: `system:serviceaccount:${order.namespace}:${order.name}`,
    };
    const expires = expirationSeconds === undefined ? undefined : (now + expirationSeconds) * 1000;
    return { token: signToken(claims, this.#key), expires };
  }

  /** Who holds `token`, when it is ours, within its dates and for one of `wanted`; undefined otherwise. Synchronous. */
  verify(token: string, wanted: readonly string[] = this.audiences): AccountHolder | undefined {
    const claims = verifyToken(token, this.#publicKey);
    if (claims === undefined || claims['iss'] !== this.issuer) return undefined;
    const now = this.#clock.now() / 1000;
    const { nbf, exp, aud } = claims;
    if (typeof nbf === 'number' && nbf > now + 60) return undefined;
    if (exp !== undefined && (typeof exp !== 'number' || exp <= now)) return undefined;
    const audiences = wanted.filter((one) => (Array.isArray(aud) ? aud.includes(one) : aud === one));
    const subject = claims['kubernetes.io'] as KubernetesClaims | undefined;
    const holder = subject === undefined ? undefined : this.#holder(subject, claims);
    if (holder === undefined || audiences.length === 0 || !holder.stillThere()) return undefined;
    if (typeof exp === 'number') return { ...holder, audiences, expires: exp * 1000 };
    if (subject?.secret?.name !== undefined) this.#usedSecret(subject.namespace ?? '', subject.secret.name);
    return { ...holder, audiences, expires: (Math.floor(this.#clock.now() / day) + 1) * day };
  }

  /** The RFC 7517 key set of `/openid/v1/jwks`. */
  keySet(): Record<string, unknown> {
    return { keys: [publicJwk(this.#publicKey)] };
  }

  /** The document of `/.well-known/openid-configuration`; `server` is the API's own https URL. */
  discovery(server: string): Record<string, unknown> {
    return {
      issuer: this.issuer,
      jwks_uri: `${server}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    };
  }

  #holder(subject: KubernetesClaims, claims: Claims): Pick<AccountHolder, 'user' | 'stillThere'> | undefined {
    const { namespace, serviceaccount, pod, secret, node } = subject;
    const { name, uid } = serviceaccount ?? {};
    if (namespace === undefined || name === undefined || uid === undefined) return undefined;
    const extra: Record<string, readonly string[]> = {};
    if (typeof claims['jti'] === 'string')
      extra['authentication.kubernetes.io/credential-id'] = [`JTI=${claims['jti']}`];
    for (const [kind, bound] of [
      ['pod', pod],
      ['node', node],
    ] as const) {
      if (bound?.name !== undefined) extra[`authentication.kubernetes.io/${kind}-name`] = [bound.name];
      if (bound?.uid !== undefined) extra[`authentication.kubernetes.io/${kind}-uid`] = [bound.uid];
    }
    const exists = (ref: ResourceRef, space: string, bound: Named | undefined): boolean =>
      bound === undefined || this.#registry.get(ref, space, bound.name ?? '')?.uid === bound.uid;
    const isInvalidated = (kept: Named | undefined): boolean =>
      kept !== undefined && this.#registry.get(secrets, namespace, kept.name ?? '')?.labels[invalidSince] !== undefined;
    return {
      user: {
        name: `system:serviceaccount:${namespace}:${name}`,
        uid,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, authenticatedGroup],
        extra,
      },
      stillThere: () =>
        exists(serviceAccounts, namespace, serviceaccount) &&
        exists(pods, namespace, pod) &&
        exists(secrets, namespace, secret) &&
        !isInvalidated(secret) &&
        (pod !== undefined || exists(nodes, '', node)),
    };
  }
}
