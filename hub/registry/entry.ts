/** One object in memory: bytes, what the index filters on, and a bounded cache of parsed forms. */
import type { KubeObject } from '../api/object.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Entry } from './registry.ts';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** The newest parsed objects; a fixed ring, so memory stays bounded however many objects there are. */
export class ParsedObjects {
  readonly #ring: (StoredEntry | undefined)[];
  #next = 0;

  /** Keeps at most `size` parsed objects. */
  constructor(size: number) {
    this.#ring = new Array(size).fill(undefined);
  }

  /** Remembers that `entry` holds its parsed form; the one that was here longest lets go of its own. */
  keep(entry: StoredEntry): void {
    this.#ring[this.#next]?.forget();
    this.#ring[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#ring.length;
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
  /** Uids of the owners, for the index of dependents. */
  readonly owners: readonly string[] | undefined;
  /** spec.nodeName of a Pod. */
  readonly node: string | undefined;
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
    this.namespace = metadata.namespace ?? '';
    this.name = metadata.name ?? '';
    this.uid = metadata.uid ?? '';
    this.revision = options.revision;
    this.bytes = options.bytes;
    this.labels = metadata.labels ?? noLabels;
    this.owners = metadata.ownerReferences?.map((owner) => owner.uid);
    this.node = options.info.resource === 'pods' ? nodeName(options.object) : undefined;
    this.#parsed = options.parsed;
    this.#object = options.object;
  }

  object<T = KubeObject>(): T {
    this.#object ??= JSON.parse(this.bytes.toString('utf8')) as KubeObject;
    if (!this.#kept) {
      this.#kept = true;
      this.#parsed.keep(this);
    }
    return this.#object as T;
  }

  /** A private copy that may be changed. */
  copy<T = KubeObject>(): T {
    return JSON.parse(this.bytes.toString('utf8')) as T;
  }

  forget(): void {
    this.#object = undefined;
    this.#kept = false;
  }

  /** The parsed form it was made with goes, unless somebody asked for it by now. */
  settle(): void {
    if (!this.#kept) this.#object = undefined;
  }
}

function nodeName(pod: KubeObject): string | undefined {
  const spec = pod.spec as { nodeName?: string } | undefined;
  return spec?.nodeName === '' ? undefined : spec?.nodeName;
}
