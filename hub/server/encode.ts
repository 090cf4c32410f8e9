/** From an entry in storage form to what a client of one version sees. */
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf } from '../api/resource.ts';
import type { Catalogue, Convert, ResourceInfo } from '../kinds/kind.ts';
import type { Entry, Registry } from '../registry/registry.ts';
import { PartialParser, type Sketch } from './partial-parser.ts';

/** What is known about one resource in one version. */
interface Shape {
  readonly convert: Convert | undefined;
  /** How the bytes of every object begin; lists of built-in kinds leave these fields out of their items. */
  readonly heads: readonly Buffer[];
}

/** Encodes entries; remembers by resource what it needs to know. */
export class Encoder {
  readonly #catalogue: Catalogue;
  readonly #served: Registry['served'];
  readonly #parser = new PartialParser();
  readonly #shapes = new WeakMap<ResourceInfo, Shape>();

  constructor(options: { catalogue: Catalogue; served: Registry['served'] }) {
    this.#catalogue = options.catalogue;
    this.#served = options.served;
  }

  /** JSON of the object as a client of `info` sees it. */
  bytes(info: ResourceInfo, entry: Entry): Buffer {
    if (info.custom !== undefined) {
      return entry.info === info ? entry.bytes : Buffer.from(JSON.stringify(this.#served(info, entry)));
    }
    const { convert } = this.#shape(info);
    return convert === undefined ? entry.bytes : Buffer.from(JSON.stringify(convert(entry.object())));
  }

  /** The object itself: shared, not to be changed. */
  object(info: ResourceInfo, entry: Entry): KubeObject {
    if (info.custom !== undefined) return this.#served(info, entry);
    const { convert } = this.#shape(info);
    return convert === undefined ? entry.object() : convert(entry.object());
  }

  /** The same for one look at each of many entries: nothing is kept in memory for it. */
  glance(info: ResourceInfo, entry: Entry): KubeObject {
    if (info.custom !== undefined) return this.#served(info, entry);
    const { convert } = this.#shape(info);
    return convert === undefined ? entry.glance() : convert(entry.glance());
  }

  /** The same for a row of a table: without managedFields, which no column has, and with the metadata as JSON. */
  sketch(info: ResourceInfo, entry: Entry): Sketch {
    const known = this.isStored(info) ? this.#parser.sketch(entry.bytes) : undefined;
    if (known !== undefined) return known;
    const object = this.glance(info, entry);
    return { object, metadata: Buffer.from(JSON.stringify(object.metadata)) };
  }

  /** The metadata alone, as JSON. */
  metadata(info: ResourceInfo, entry: Entry): Buffer {
    const known = this.isStored(info) ? this.#parser.metadata(entry.bytes) : undefined;
    return known ?? Buffer.from(JSON.stringify(this.glance(info, entry).metadata));
  }

  /** True when `bytes` answers the stored bytes themselves. */
  isStored(info: ResourceInfo): boolean {
    return info.custom === undefined && this.#shape(info).convert === undefined;
  }

  /** How many bytes at the beginning of an item a list leaves out; the rest follows an opening brace. */
  headLength(info: ResourceInfo, bytes: Buffer): number {
    for (const head of this.#shape(info).heads) {
      // of the two ways to begin, the letter after the quote tells which it may be
      if (bytes[2] === head[2] && bytes.length > head.length && head.compare(bytes, 0, head.length) === 0) {
        return head.length;
      }
    }
    return 0;
  }

  #shape(info: ResourceInfo): Shape {
    let shape = this.#shapes.get(info);
    if (shape === undefined) {
      shape = { convert: this.#catalogue.fromStorage(info), heads: headsOf(info) };
      this.#shapes.set(info, shape);
    }
    return shape;
  }
}

function headsOf(info: ResourceInfo): Buffer[] {
  // API: items of custom resources keep their kind and apiVersion.
  if (info.custom !== undefined) return [];
  const kind = `"kind":"${info.kind}"`;
  const version = `"apiVersion":"${apiVersionOf(info)}"`;
  return [Buffer.from(`{${kind},${version},`), Buffer.from(`{${version},${kind},`)];
}
