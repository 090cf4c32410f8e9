/** The certificate the hub shows: made for the names it is reached by, and made anew before it ends. */
import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { renewalTime } from '../base/x509/certificate.ts';
import type { Authority } from './authority.ts';
import { type CertifiedKey, pairIn } from './key-pair.ts';

/** A timer waits no longer than this; milliseconds. */
const longestWait = 10 * 24 * 3600_000;

/** What it is made with; `days` is how long one lasts. */
export interface ServerCertificateOptions {
  readonly dir: string;
  readonly authority: Authority;
  readonly hosts: readonly string[];
  readonly days: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** The newest one, and whoever wants to know of the next. */
export class ServerCertificate {
  readonly #options: ServerCertificateOptions;
  readonly #listeners = new Set<() => void>();
  #hosts: readonly string[];
  #current: CertifiedKey;
  #cancel = (): void => {};

  private constructor(options: ServerCertificateOptions, current: CertifiedKey) {
    this.#options = options;
    this.#hosts = options.hosts;
    this.#current = current;
    this.#schedule();
  }

  /** Takes what is in the directory, or makes it. */
  static async open(options: ServerCertificateOptions): Promise<ServerCertificate> {
    return new ServerCertificate(options, await pairFor(options, options.hosts));
  }

  get current(): CertifiedKey {
    return this.#current;
  }

  /** Told after it was made anew. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes it anew when it does not cover `hosts`. */
  async setHosts(hosts: readonly string[]): Promise<void> {
    this.#hosts = hosts;
    await this.#refresh();
  }

  /** Ends the timer. */
  stop(): void {
    this.#cancel();
  }

  #schedule(): void {
    const { clock } = this.#options;
    this.#cancel();
    const due = renewalTime(new X509Certificate(this.#current.certificate)) - clock.now();
    this.#cancel = clock.after(Math.min(Math.max(due, 1000), longestWait), () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      const next = await pairFor(this.#options, this.#hosts);
      const changed = next.certificate !== this.#current.certificate;
      this.#current = next;
      if (changed) for (const listener of this.#listeners) listener();
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'could not remake the server certificate');
    }
    this.#schedule();
  }
}

function pairFor(options: ServerCertificateOptions, hosts: readonly string[]): Promise<CertifiedKey> {
  const { dir, authority, days, log } = options;
  return pairIn(dir, 'server', {
    stillGood: (certificate) => authority.isFresh(certificate, hosts),
    issue: (key) => {
      log.info({ hosts }, 'made the server certificate');
      const subject = { commonName: 'coracle-hub', organizations: [] };
      return authority.sign({ subject, publicKey: createPublicKey(key), purpose: 'server', days, hosts });
    },
  });
}
