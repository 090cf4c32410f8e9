/**
 * The certificates of Ingresses by the names clients ask for. Only Secrets that are named are read, each by its name: the program may
 * neither list nor watch Secrets. So they are read when an Ingress names them, and again while somebody asks for them.
 */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Secret } from '../../../hub/api/config.ts';
import { isNotFound } from '../../../hub/api/errors.ts';
import type { Ingress } from '../../../hub/api/networking.ts';
import type { ApiClient } from '../client/client.ts';
import type { ProgramContext } from '../client/program.ts';
import { byAge } from './routes.ts';

/** Most Secrets that are kept. */
const mostSecrets = 256;

/** Milliseconds after which a Secret is read again when it is asked for: while it is good, and while it is not. */
const renewAfter = 60_000;
const retryAfter = 2000;
/** Milliseconds an answer may take; a client may be waiting. */
const readTimeout = 5000;

/** Secrets by the names of hosts, `namespace/name` by `example.org` or `*.example.org`. Who was there first keeps a name. Pure. */
export function secretsByHost(ingresses: Iterable<Ingress>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { metadata, spec } of [...ingresses].sort(byAge))
    for (const { hosts, secretName = '' } of spec?.tls ?? []) {
      const names = hosts ?? spec?.rules?.flatMap(({ host }) => host ?? []) ?? [];
      for (const host of names.map((one) => one.toLowerCase()))
        if (secretName !== '' && !found.has(host)) found.set(host, `${metadata.namespace ?? ''}/${secretName}`);
    }
  return found;
}

/** A Secret as it was last read. */
interface Held {
  version: string;
  context: SecureContext | undefined;
  /** When the certificate ends, and when the Secret was last asked for; Unix milliseconds. */
  end: number;
  askedAt: number;
  busy: Promise<void> | undefined;
}

/** What they are read by. */
export interface CertificatesOptions extends Pick<ProgramContext, 'clock' | 'log'> {
  readonly client: Pick<ApiClient, 'get'>;
}

/** Keeps them. */
export class Certificates {
  readonly #options: CertificatesOptions;
  readonly #held = new Map<string, Held>();
  readonly #ended = new AbortController();
  #hosts = new Map<string, string>();

  constructor(options: CertificatesOptions) {
    this.#options = options;
  }

  /** Takes what Ingresses name now; Secrets that are no longer named are forgotten. */
  follow(ingresses: Iterable<Ingress>): void {
    this.#hosts = secretsByHost(ingresses);
    const wanted = new Set([...new Set(this.#hosts.values())].slice(0, mostSecrets));
    for (const key of this.#held.keys()) if (!wanted.has(key)) this.#held.delete(key);
    for (const key of wanted) {
      if (this.#held.has(key)) continue;
      const held: Held = { version: '', context: undefined, end: 0, askedAt: 0, busy: undefined };
      this.#held.set(key, held);
      void this.#renew(key, held);
    }
  }

  /**
   * What a client that asks for `host` is answered with; undefined when nobody has a certificate for it. One that is good is answered at
   * once, and renewed for those who come later; for one that is missing or has ended the client waits.
   */
  async find(host: string): Promise<SecureContext | undefined> {
    const name = host.toLowerCase();
    const key = this.#hosts.get(name) ?? this.#hosts.get(name.replace(/^[^.]+/, '*')) ?? '';
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    const now = this.#options.clock.now();
    const isGood = held.context !== undefined && now < held.end;
    if (held.busy !== undefined || now - held.askedAt >= (isGood ? renewAfter : retryAfter)) {
      const renewed = this.#renew(key, held);
      if (!isGood) await renewed;
    }
    return held.context;
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all([...this.#held.values()].map(({ busy }) => busy));
  }

  #renew(key: string, held: Held): Promise<void> {
    held.busy ??= this.#read(key, held).finally(() => {
      held.busy = undefined;
    });
    return held.busy;
  }

  async #read(key: string, held: Held): Promise<void> {
    const { client, clock, log } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    held.askedAt = clock.now();
    try {
      const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
      const secret = await client.get<Secret>(path, { timeout: readTimeout, signal: this.#ended.signal });
      const { resourceVersion = '' } = secret.metadata;
      if (resourceVersion === held.version) return;
      held.version = resourceVersion;
      held.context = undefined;
      Object.assign(held, usable(secret));
    } catch (error) {
      // what was read stays while the hub does not answer, and does not when the Secret is gone
      if (isNotFound(error)) Object.assign(held, { version: '', context: undefined });
      if (this.#ended.signal.aborted) return;
      log.warn({ secret: key, error: error instanceof Error ? error.message : String(error) }, 'no certificate');
    }
  }
}

/** Throws when it holds no certificate with its key. */
function usable({ data = {} }: Secret): Pick<Held, 'context' | 'end'> {
  const part = (name: string): Buffer => Buffer.from(data[name] ?? '', 'base64');
  const [cert, key] = [part('tls.crt'), part('tls.key')];
  const context = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  return { context, end: Date.parse(new X509Certificate(cert).validTo) };
}
