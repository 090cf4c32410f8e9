/** The keys of an OpenID Connect issuer: fetched when they are first needed, and anew for one that is not among them. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { get } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { readAnswer } from '../../base/read-answer.ts';

/** An issuer is asked no more often than this, whatever keys tokens name, and again after a day; milliseconds. */
const shortestPause = 10_000;
const longestUse = 24 * 3600_000;
const patience = 10_000;
const biggestAnswer = 1024 * 1024;

/** Fetches a JSON document. */
export type FetchJson = (url: string) => Promise<unknown>;

/** Fetches over https, with the CAs of `ca` (PEM) or the system's. No redirects, bounded in time and size. */
export function httpsJson(ca: string | undefined): FetchJson {
  return (url) =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(patience);
      const options = {
        signal,
        agent: false,
        headers: { accept: 'application/json' },
        ...(ca === undefined ? {} : { ca }),
      };
      const asked = get(url, options, (answer) => {
        readAnswer(answer, biggestAnswer)
          .then((bytes) => {
            if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
            return JSON.parse(bytes.toString('utf8')) as unknown;
          })
          .then(resolve, reject);
      });
      asked.on('error', reject);
    });
}

function keysIn(document: unknown): Map<string, KeyObject> {
  const { keys } = (document ?? {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the key set has no keys');
  const found = new Map<string, KeyObject>();
  for (const key of keys as Record<string, unknown>[]) {
    const { kid = '', use } = key;
    if (typeof kid !== 'string' || (use !== undefined && use !== 'sig')) continue;
    try {
      found.set(kid, createPublicKey({ key: key as never, format: 'jwk' }));
    } catch {
      // a key of a kind not known here signs nothing that is accepted here
    }
  }
  return found;
}

/** Keys by their ids. */
export class IssuerKeys {
  readonly #issuer: string;
  readonly #fetch: FetchJson;
  readonly #clock: Clock;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetched = Number.NEGATIVE_INFINITY;
  #tried = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(options: { issuer: string; fetch: FetchJson; clock: Clock }) {
    this.#issuer = options.issuer;
    this.#fetch = options.fetch;
    this.#clock = options.clock;
  }

  /** The key, when it is known; a token without an id is of the only key there is. */
  known(id: string): KeyObject | undefined {
    if (this.#clock.now() - this.#fetched > longestUse) return undefined;
    if (id === '' && this.#keys.size === 1) for (const key of this.#keys.values()) return key;
    return this.#keys.get(id);
  }

  /** The key, asked for when it is not known. Rejects when the issuer cannot be asked. */
  async find(id: string): Promise<KeyObject | undefined> {
    if (this.#underWay === undefined) {
      const now = this.#clock.now();
      if (now - this.#tried < shortestPause) return this.known(id);
      this.#tried = now;
      this.#underWay = this.#load().finally(() => {
        this.#underWay = undefined;
      });
    }
    await this.#underWay;
    return this.known(id);
  }

  async #load(): Promise<void> {
    const discovery = await this.#fetch(`${this.#issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    const { issuer, jwks_uri: place } = (discovery ?? {}) as Record<string, unknown>;
    if (issuer !== this.#issuer) throw new Error(`its discovery document is of the issuer ${JSON.stringify(issuer)}`);
    if (typeof place !== 'string' || !place.startsWith('https://')) throw new Error('its jwks_uri is no https URL');
    this.#keys = keysIn(await this.#fetch(place));
    this.#fetched = this.#clock.now();
  }
}
