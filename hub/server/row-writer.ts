/** Rows of tables out of stored objects, for lists: nothing is parsed or written that need not be. */
import type { KubeObject } from '../api/object.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import type { Entry } from '../registry/registry.ts';
import type { Encoder } from './encode.ts';
import type { Sketch } from './partial-parser.ts';
import { partialHead } from './partial.ts';
import { SightReader } from './sight-reader.ts';
import { type Row, rowText } from './table.ts';

const closeBrace = 0x7d;
/** Bytes a character takes at most. */
const widest = 3;

/** Writes the rows of one list. */
export class RowWriter {
  readonly #info: ResourceInfo;
  readonly #encoder: Encoder;
  readonly #row: Row;
  /** For kinds whose rows look at little of much. */
  readonly #reader: SightReader | undefined;
  #room = Buffer.allocUnsafe(4096);

  constructor(options: { info: ResourceInfo; encoder: Encoder; row: Row }) {
    const { info, encoder, row } = options;
    this.#info = info;
    this.#encoder = encoder;
    this.#row = row;
    const sight = encoder.isStored(info) ? info.strategy.cellSight : undefined;
    this.#reader = sight === undefined ? undefined : new SightReader(sight);
  }

  /** JSON of the row of an entry; the bytes are good until the next call. */
  bytes(entry: Entry): Buffer {
    const { include } = this.#row;
    if (include === 'Object')
      return Buffer.from(rowText(this.#info, this.#encoder.glance(this.#info, entry), this.#row));
    const { object, metadata } = this.#sketch(entry);
    const cells = this.#cells(object);
    if (include === 'None') return Buffer.from(`{"cells":${cells},"object":null}`);
    const head = `{"cells":${cells},"object":${partialHead(this.#row.version)}`;
    const most = head.length * widest + metadata.length + 2;
    if (this.#room.length < most) this.#room = Buffer.allocUnsafe(most * 2);
    const room = this.#room;
    let length = room.write(head);
    length += metadata.copy(room, length);
    room[length++] = closeBrace;
    room[length++] = closeBrace;
    return room.subarray(0, length);
  }

  #sketch(entry: Entry): Sketch {
    return this.#reader?.read(entry.bytes) ?? this.#encoder.sketch(this.#info, entry);
  }

  #cells(object: KubeObject): string {
    return JSON.stringify(this.#info.strategy.cells(object, this.#row.now));
  }
}
