/** One object in memory: bytes, what the index filters on, and a bounded cache of parsed forms. */
import type { KubeObject, OwnerReference } from '../api/object.ts';
import { digestPod, type PodDigest } from '../api/pod-digest.ts';
import type { Pod } from '../api/pod.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Entry } from './registry.ts';
import { SharedValues } from './shared-values.ts';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** How many bytes of JSON the parsed forms may stand for: they take several times as much. */
const parsedBytes = 16 * 2 ** 20;

/** The newest parsed objects; a ring bounded in count and size, so memory stays bounded however many and big objects are. */
export class ParsedObjects {
  /** What entries have alike. */
  readonly shared = new SharedValues();
  readonly #ring: (StoredEntry | undefined)[];
  #next = 0;
  #oldest = 0;
  #bytes = 0;

  /** Keeps at most `size` parsed objects. */
  constructor(size: number) {
    this.#ring = new Array(size).fill(undefined);
  }

  /** Remembers that `entry` holds its parsed form; those that were here longest let go of their own. */
  keep(entry: StoredEntry): void {
    if (this.#ring[this.#next] !== undefined) this.#drop();
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#ring.length;
    this.#bytes += entry.bytes.length;
    while (this.#bytes > parsedBytes && this.#bytes > entry.bytes.length) this.#drop();
  }

  #drop(): void {
    const entry = this.#ring[this.#oldest];
    this.#ring[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#ring.length;
    this.#bytes -= entry?.bytes.length ?? 0;
    entry?.forget();
  }
}

/** The entry of the index. */
export class StoredEntry implements Entry {
  readonly info: ResourceInfo;
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly bytes: Buffer;
  readonly labels: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[] | undefined;
  readonly pod: PodDigest | undefined;
  readonly #parsed: ParsedObjects;
  /** Somebody asked for the parsed form, so it stays for a while. */
  #kept = false;
  #object: KubeObject | undefined;

  constructor(options: {
    info: ResourceInfo;
    key: string;
    revision: number;
    bytes: Buffer;
    object: KubeObject;
    parsed: ParsedObjects;
  }) {
    const { metadata } = options.object;
    this.info = options.info;
    this.key = options.key;
    const { shared } = options.parsed;
    this.namespace = shared.of(metadata.namespace ?? '');
    this.name = metadata.name ?? '';
    this.uid = metadata.uid ?? '';
    this.revision = options.revision;
    this.bytes = options.bytes;
    this.owners = shared.of(metadata.ownerReferences);
    const isPod = options.info.resource === 'pods' && options.info.group === '';
    this.labels = (isPod ? shared.of(metadata.labels) : metadata.labels) ?? noLabels;
    this.pod = isPod ? digestPod(options.object as Pod, shared.of) : undefined;
    this.#parsed = options.parsed;
    this.#object = options.object;
  }

  get node(): string | undefined {
    return this.pod?.node || undefined;
  }

  object<T = KubeObject>(): T {
    this.#object ??= JSON.parse(this.bytes.toString('utf8')) as KubeObject;
    if (!this.#kept) this.#keep();
    return this.#object as T;
  }

  glance<T = KubeObject>(): T {
    return (this.#object ?? JSON.parse(this.bytes.toString('utf8'))) as T;
  }

  /** A private copy that may be changed. */
  copy<T = KubeObject>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T;
  }

  forget(): void {
    this.#object = undefined;
    this.#kept = false;
  }

  /**
   * The parsed form it was made with goes, unless somebody asked for it by now or is about to: what has a status is read, and
   * written again, by whoever makes that true.
   */
  settle(): void {
    if (this.#kept) return;
    if (this.info.subresources.has('status')) this.#keep();
    else this.#object = undefined;
  }

  #keep(): void {
    this.#kept = true;
    this.#parsed.keep(this);
  }
}
