/**
 * What this node's ingress knew last, in a file of its Pod: after a restart it serves that until the hub tells what is now. No Secret
 * is kept, so names are served without TLS alone until then.
 */
import { join } from 'node:path';
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Ingress } from '../../../hub/api/networking.ts';
import type { Service } from '../../../hub/api/service.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Log } from '../../../hub/base/log.ts';
import { readIfThere, writePrivate } from '../../../hub/base/private-file.ts';
import { serviceOf } from './backends.ts';

/** What requests are answered by, without certificates. */
export interface Known {
  readonly ingresses: readonly Ingress[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
}

/** `ingresses`, and of the rest only what they lead to. Pure. */
export function knownOf(
  ingresses: Iterable<Ingress>,
  services: ReadonlyMap<string, Service>,
  slices: Iterable<EndpointSlice>,
): Known {
  const kept = [...ingresses];
  const names = new Set(kept.flatMap(servicesOf));
  return {
    ingresses: kept,
    services: [...names].flatMap((name) => services.get(name) ?? []),
    slices: [...slices].filter((slice) => names.has(serviceOf(slice))),
  };
}

function servicesOf({ metadata: { namespace = '' }, spec }: Ingress): string[] {
  const paths = spec?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? [];
  const backends = [spec?.defaultBackend, ...paths.map(({ backend }) => backend)];
  return backends.flatMap((backend) => (backend?.service === undefined ? [] : `${namespace}/${backend.service.name}`));
}

/** What the file is kept by. */
export interface LastKnownOptions {
  /** The Pod's own directory; it goes with the Pod. */
  readonly directory: string;
  readonly known: () => Known;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds in which changes are gathered, and between two writes: endpoints come and go, and flash wears. */
const gathering = 1000;
const pause = 30_000;

/** The file. */
export class LastKnown {
  readonly #options: LastKnownOptions;
  readonly #path: string;
  #written = '';
  #writtenAt = 0;
  #cancel: (() => void) | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(options: LastKnownOptions) {
    this.#options = options;
    this.#path = join(options.directory, 'last-known.json');
  }

  /** What it holds; undefined when there is none that can be read. */
  async read(): Promise<Known | undefined> {
    try {
      const text = await readIfThere(this.#path);
      return text === undefined ? undefined : (JSON.parse(text) as Known);
    } catch (error) {
      this.#options.log.warn({ file: this.#path, error: String(error) }, 'what was known last cannot be read');
      return undefined;
    }
  }

  /** Something changed: it is written soon. */
  changed(): void {
    const { clock } = this.#options;
    const due = Math.max(gathering, this.#writtenAt + pause - clock.now());
    this.#cancel ??= clock.after(due, () => void this.save());
  }

  /** Writes it now if it is another than before. Never rejects: without the file all goes on but after a restart. */
  save(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#busy = this.#busy.then(async () => {
      const text = JSON.stringify(this.#options.known());
      if (text === this.#written) return;
      try {
        await writePrivate(this.#path, text);
        this.#written = text;
        this.#writtenAt = this.#options.clock.now();
      } catch (error) {
        this.#options.log.warn({ file: this.#path, error: String(error) }, 'what is known cannot be kept');
      }
    });
    return this.#busy;
  }

  /** Writes what is due, and no more afterwards. */
  async stop(): Promise<void> {
    if (this.#cancel !== undefined) await this.save();
    await this.#busy;
  }
}
