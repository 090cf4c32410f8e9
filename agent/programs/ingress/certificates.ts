/** The certificates of Ingresses by the names clients ask for; only Secrets that are named are read, and each is followed. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Secret } from '../../../hub/api/config.ts';
import type { Ingress } from '../../../hub/api/networking.ts';
import type { ProgramContext } from '../client/program.ts';
import { Mirror } from '../client/mirror.ts';
import { byAge } from './routes.ts';

/** Most Secrets that are followed; each costs a watch. */
const mostSecrets = 256;

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

interface Followed {
  readonly mirror: Mirror<Secret>;
  context: SecureContext | undefined;
}

/** Keeps them. */
export class Certificates {
  readonly #options: ProgramContext;
  readonly #followed = new Map<string, Followed>();
  #hosts = new Map<string, string>();

  constructor(options: ProgramContext) {
    this.#options = options;
  }

  /** Takes what Ingresses name now; Secrets that are no longer named are forgotten. */
  follow(ingresses: Iterable<Ingress>): void {
    this.#hosts = secretsByHost(ingresses);
    const wanted = new Set([...new Set(this.#hosts.values())].slice(0, mostSecrets));
    for (const [key, { mirror }] of this.#followed)
      if (!wanted.has(key)) {
        this.#followed.delete(key);
        void mirror.stop();
      }
    for (const key of wanted) if (!this.#followed.has(key)) this.#begin(key);
  }

  /** What a client that asks for `host` is answered with; undefined when nobody has a certificate for it. */
  find(host: string): SecureContext | undefined {
    const name = host.toLowerCase();
    const key = this.#hosts.get(name) ?? this.#hosts.get(name.replace(/^[^.]+/, '*'));
    return key === undefined ? undefined : this.#followed.get(key)?.context;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ mirror }) => mirror.stop()));
    this.#followed.clear();
  }

  #begin(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const mirror = new Mirror<Secret>({
      ...this.#options,
      path: `/api/v1/namespaces/${namespace}/secrets`,
      fieldSelector: `metadata.name=${name}`,
      changed: () => {
        followed.context = this.#contextOf(key, mirror.get(key));
      },
    });
    const followed: Followed = { mirror, context: undefined };
    this.#followed.set(key, followed);
    mirror.start();
  }

  #contextOf(key: string, secret: Secret | undefined): SecureContext | undefined {
    if (secret === undefined) return undefined;
    const part = (name: string): Buffer => Buffer.from(secret.data?.[name] ?? '', 'base64');
    try {
      return createSecureContext({ cert: part('tls.crt'), key: part('tls.key'), minVersion: 'TLSv1.2' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.warn({ secret: key, error: why }, 'the Secret holds no certificate with its key');
      return undefined;
    }
  }
}
