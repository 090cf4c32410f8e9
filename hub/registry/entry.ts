/** One object in memory: bytes, what the index filters on, and a bounded cache of parsed forms. */
import type { KubeObject, OwnerReference } from '../api/object.ts';
import { digestPod, type PodDigest } from '../api/pod-digest.ts';
import type { Pod } from '../api/pod.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Change, Entry } from './registry.ts';
import { SharedValues } from './shared-values.ts';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** How many bytes of JSON the parsed forms may stand for: they take several times as much. */
const parsedBytes = 8 * 2 ** 20;

/** The newest parsed objects; a ring bounded in count and size, so memory stays bounded however many and big objects are. */
export class ParsedObjects {
  /** What entries have alike. */
  readonly shared = new SharedValues();
  /** By place, modulo its length. Places count up; those from `#oldest` on are taken, or were freed. */
  readonly #ring: (StoredEntry | undefined)[];
  #next = 0;
  #oldest = 0;
  #bytes = 0;

  /** Keeps at most `size` parsed objects. */
  constructor(size: number) {
    this.#ring = new Array(size).fill(undefined);
  }

  /** Remembers that `entry` holds its parsed form, and answers its place; those that were here longest let go of their own. */
  keep(entry: StoredEntry): number {
    if (this.#next - this.#oldest === this.#ring.length) this.#drop();
    const place = this.#next;
    this.#next += 1;
    this.#ring[place % this.#ring.length] = entry;
    this.#bytes += entry.bytes.length;
    while (this.#bytes > parsedBytes && this.#oldest < place) this.#drop();
    return place;
  }

  /** Frees the place of an entry that has let go by itself. */
  free(place: number): void {
    const at = place % this.#ring.length;
    this.#bytes -= this.#ring[at]?.bytes.length ?? 0;
    this.#ring[at] = undefined;
  }

  #drop(): void {
    this.#ring[this.#oldest % this.#ring.length]?.forget();
    this.#oldest += 1;
  }
}

/** The place of an entry that has none among the parsed objects. */
const nowhere = -1;

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
  /** Where it stands among the parsed objects, once somebody asked for the parsed form. */
  #place = nowhere;
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
    if (this.#place === nowhere) this.#place = this.#parsed.keep(this);
    return this.#object as T;
  }

  glance<T = KubeObject>(): T {
    return (this.#object ?? JSON.parse(this.bytes.toString('utf8'))) as T;
  }

  /** A private copy that may be changed. */
  copy<T = KubeObject>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T;
  }

  /** Lets go of the parsed form. */
  forget(): void {
    if (this.#place !== nowhere) this.#parsed.free(this.#place);
    this.#place = nowhere;
    this.#object = undefined;
  }

  /**
   * The write that made this entry was announced. The parsed form it was made with goes, unless somebody asked for it by now or
   * is likely to: what has a status is read, and written again, by whoever makes that true, and what was changed is changed
   * again. Nobody asks for what it replaces any more.
   */
  settle(type: Change['type'], previous: Entry | undefined): void {
    (previous as StoredEntry | undefined)?.forget();
    if (this.#place !== nowhere) return;
    if (type === 'MODIFIED' || (type === 'ADDED' && this.info.subresources.has('status'))) this.object();
    else this.#object = undefined;
  }
}
