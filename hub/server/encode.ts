/** From an entry in storage form to what a client of one version sees. */
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf } from '../api/resource.ts';
import type { Catalogue, Convert, ResourceInfo } from '../kinds/kind.ts';
import type { Entry } from '../registry/registry.ts';

/** What is known about one resource in one version. */
interface Shape {
  readonly convert: Convert | undefined;
  /** How the bytes of every object begin; lists of built-in kinds leave these fields out of their items. */
  readonly heads: readonly Buffer[];
}

/** Encodes entries; remembers by resource what it needs to know. */
export class Encoder {
  readonly #catalogue: Catalogue;
  readonly #shapes = new WeakMap<ResourceInfo, Shape>();

  constructor(options: { catalogue: Catalogue }) {
    this.#catalogue = options.catalogue;
  }

  /** JSON of the object as a client of `info` sees it. */
  bytes(info: ResourceInfo, entry: Entry): Buffer {
    const { convert } = this.#shape(info);
    if (convert === undefined || (info.custom !== undefined && entry.info === info)) return entry.bytes;
    return Buffer.from(JSON.stringify(convert(entry.object())));
  }

  /** The object itself: shared, not to be changed. */
  object(info: ResourceInfo, entry: Entry): KubeObject {
    const { convert } = this.#shape(info);
    if (convert === undefined || (info.custom !== undefined && entry.info === info)) return entry.object();
    return convert(entry.object());
  }

  /** How many bytes at the beginning of an item a list leaves out; the rest follows an opening brace. */
  headLength(info: ResourceInfo, bytes: Buffer): number {
    for (const head of this.#shape(info).heads) {
      if (bytes.length > head.length && head.compare(bytes, 0, head.length) === 0) return head.length;
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
