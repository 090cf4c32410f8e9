/** Who sends a request: client certificates, the administrator's token, ServiceAccount tokens, or nobody. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '../api/errors.ts';
import { anonymous, authenticatedGroup, nodeOf, type User } from '../api/user.ts';
import type { Clock } from '../base/clock.ts';
import type { Authenticator, Credentials, TokenHolder, TokenVerifier } from './auth.ts';
import type { NodeIdentities } from './node-identities.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** A fixed token and whom it stands for; the token itself is not kept, only its SHA-256. */
export interface StaticToken {
  readonly hash: Buffer;
  readonly user: User;
}

/** What the authenticator asks. `identities` knows which nodes were removed. */
export interface AuthenticatorOptions {
  readonly tokens: ServiceAccountTokens;
  readonly identities: Pick<NodeIdentities, 'accepts'>;
  readonly clock: Clock;
  /** Asked in this order about tokens that are no ServiceAccount's. */
  readonly verifiers?: readonly TokenVerifier[];
  readonly staticTokens?: readonly StaticToken[];
}

/** How many verified credentials are remembered. */
const remembered = 4096;

/** 401 with the text every Kubernetes client knows. */
function unauthorized(): ApiError {
  return new ApiError('Unauthorized', 'Unauthorized');
}

/** Keeps the most recently made `limit` values. */
class Recent<T> {
  readonly #values = new Map<string, T>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: T): T {
    if (this.#values.size >= this.#limit) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    this.#values.set(key, value);
    return value;
  }

  delete(key: string): void {
    this.#values.delete(key);
  }
}

async function ask(verifiers: readonly TokenVerifier[], token: string): Promise<TokenHolder | undefined> {
  for (const verifier of verifiers) {
    const holder = await verifier.verify(token);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** The authenticator. Everything it does itself is synchronous; equal credentials give the same User object while remembered. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { tokens, identities, clock, verifiers = [], staticTokens = [] } = options;
  const certificates = new Recent<User>(remembered);
  const holders = new Recent<TokenHolder>(remembered);
  /** Holders of tokens by the object they were shown in: a connection shows the same one with every request. */
  const recognised = new WeakMap<Credentials, TokenHolder>();
  const holds = (holder: TokenHolder): boolean =>
    (holder.expires === undefined || holder.expires > clock.now()) && holder.stillThere();

  const byCertificate = (certificate: NonNullable<Credentials['certificate']>): User => {
    const { commonName, organizations, serial, keyHash } = certificate;
    if (commonName === '') throw unauthorized();
    const key = `${serial}\n${commonName}\n${organizations.join('\n')}`;
    const user =
      certificates.get(key) ??
      certificates.set(key, { name: commonName, groups: [...organizations, authenticatedGroup] });
    const node = nodeOf(user);
    if (node !== undefined && !identities.accepts(node, keyHash)) throw unauthorized();
    return user;
  };

  const find = (token: string): TokenHolder | undefined | Promise<TokenHolder | undefined> => {
    const account = tokens.verify(token);
    if (account !== undefined) return account;
    for (const [at, verifier] of verifiers.entries()) {
      const found = verifier.verify(token);
      if (found instanceof Promise) return found.then((holder) => holder ?? ask(verifiers.slice(at + 1), token));
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const byToken = (token: string, credentials: Credentials): User | Promise<User> => {
    const before = recognised.get(credentials);
    if (before !== undefined && holds(before)) return before.user;
    const hash = createHash('sha256').update(token).digest();
    for (const one of staticTokens) if (timingSafeEqual(one.hash, hash)) return one.user;
    const key = hash.toString('latin1');
    const admitted = (holder: TokenHolder | undefined): User => {
      if (holder === undefined) throw unauthorized();
      holders.set(key, holder);
      recognised.set(credentials, holder);
      return holder.user;
    };
    const known = holders.get(key);
    if (known !== undefined && holds(known)) return admitted(known);
    holders.delete(key);
    const found = find(token);
    return found instanceof Promise ? found.then(admitted) : admitted(found);
  };

  return {
    authenticate(credentials) {
      const { certificate, bearer } = credentials;
      if (certificate !== undefined) return byCertificate(certificate);
      return bearer === undefined ? anonymous : byToken(bearer, credentials);
    },
  };
}
