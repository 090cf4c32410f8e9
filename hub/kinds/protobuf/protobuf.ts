/** Objects of built-in kinds in Protocol Buffers, as typed Go clients and `kubectl create` send and prefer them. */
import { Messages } from './messages.ts';
import { MessageReader } from './read-message.ts';
import { NoProtobuf } from './special-write.ts';
import { TapeWriter } from './tape-writer.ts';
import { ProtobufFault, wire, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';
import { MessageWriter } from './write-message.ts';

/** The media type, of bodies and answers. */
export const protobufType = 'application/vnd.kubernetes.protobuf';

/** API: every body begins with these bytes: `k8s` and a zero. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** What is around an object. API: runtime.Unknown. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's message: a view of the body. */
  readonly raw: Buffer;
}

/** An object, as far as envelopes need it. */
export interface Enveloped {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

type Fields = Record<string, unknown>;

/** Items of a list, of one type. */
export interface ListItems {
  readonly type: string;
  readonly count: number;
  at(index: number): object;
  /** JSON.stringify of the same, where it is at hand. */
  bytes(index: number): Buffer | undefined;
}

/** Opens a body. Throws ProtobufFault with the words of Go's decoder. */
export function openEnvelope(body: Buffer): Envelope {
  if (body.length === 0) throw new ProtobufFault('empty data');
  if (body.length < magic.length || magic.compare(body, 0, magic.length) !== 0) {
    const expected = `expected prefix [${magic.join(' ')}]`;
    throw new ProtobufFault(`provided data does not appear to be a protobuf message, ${expected}`);
  }
  if (body.length === magic.length) throw new ProtobufFault('empty body');
  const reader = new WireReader(body, magic.length);
  let type = { apiVersion: '', kind: '' };
  let raw: Buffer = body.subarray(body.length);
  while (reader.at < reader.end) {
    const tag = reader.tag();
    if (tag === typeMetaTag) type = readTypeMeta(reader);
    else if (tag === rawTag) raw = reader.view();
    else reader.skip(tag & 7);
  }
  return { ...type, raw };
}

const typeMetaTag = 1 * 8 + wire.bytes;
const rawTag = 2 * 8 + wire.bytes;

function readTypeMeta(reader: WireReader): { apiVersion: string; kind: string } {
  const inner = new WireReader(reader.view());
  const type = { apiVersion: '', kind: '' };
  while (inner.at < inner.end) {
    const tag = inner.tag();
    if (tag === 1 * 8 + wire.bytes) type.apiVersion = inner.string();
    else if (tag === 2 * 8 + wire.bytes) type.kind = inner.string();
    else inner.skip(tag & 7);
  }
  return type;
}

/** Fields that came late and stand elsewhere in the struct, in the order they are moved: which, and behind which. */
const moved: ReadonlyMap<string, readonly (readonly [string, string])[]> = new Map([
  [
    'io.k8s.api.core.v1.Container',
    [
      ['envFrom', 'ports'],
      ['volumeDevices', 'volumeMounts'],
      ['startupProbe', 'readinessProbe'],
      ['terminationMessagePolicy', 'terminationMessagePath'],
    ],
  ],
  [
    'io.k8s.api.apps.v1.DeploymentCondition',
    [
      ['lastUpdateTime', 'status'],
      ['lastTransitionTime', 'lastUpdateTime'],
    ],
  ],
]);

/** The codec. Costs nothing until it is used; keep one, it makes each message ready once. */
export class Protobuf {
  readonly #messages = new Messages();

  /** True when objects of this schema type can be read and written. */
  knows(type: string): boolean {
    return this.#messages.get(type) !== undefined;
  }

  /** The JSON names of a type's fields in the order of its Go struct: that of their numbers, but for a few types. */
  fieldOrder(type: string): readonly string[] {
    const names: string[] = [];
    for (const field of [...(this.#messages.get(type)?.descending ?? [])].reverse()) {
      names.push(...(field.inline ? this.fieldOrder(field.type) : [field.name]));
    }
    for (const [name, behind] of moved.get(type) ?? []) {
      names.splice(names.indexOf(name), 1);
      names.splice(names.indexOf(behind) + 1, 0, name);
    }
    return names;
  }

  /** The object in the message of a type, without kind and version. Throws ProtobufFault. */
  decode(type: string, raw: Buffer): Fields {
    const message = this.#messages.get(type);
    if (message === undefined) throw new ProtobufFault(`no message of type ${type}`);
    const object: Fields = {};
    new MessageReader(this.#messages, new WireReader(raw)).fields(message, object);
    return object;
  }

  /** An object in its envelope; undefined when Protocol Buffers cannot say all of it. The object says its kind. */
  encode(type: string, object: Enveloped): Buffer | undefined {
    const message = this.#messages.get(type);
    if (message === undefined) return undefined;
    return attempt(() => {
      const writer = new WireWriter();
      new MessageWriter(this.#messages, writer, true).fields(message, object as Fields);
      seal(writer, object);
      return writer.view();
    });
  }

  /** A list in its envelope, its items taken one after the other, last first; undefined as for `encode`. */
  encodeList(type: string, list: Enveloped & { readonly metadata: object }, items: ListItems): Buffer | undefined {
    const message = this.#messages.get(type);
    const item = this.#messages.get(items.type);
    if (message === undefined || item === undefined) return undefined;
    return attempt(() => {
      const writer = new WireWriter();
      const messages = new MessageWriter(this.#messages, writer, true);
      const plain = new TapeWriter(this.#messages, writer);
      for (let index = items.count - 1; index >= 0; index--) {
        const before = writer.size;
        const bytes = items.bytes(index);
        if (bytes === undefined || !plain.write(item, bytes)) messages.fields(item, items.at(index) as Fields);
        writer.wrap(itemsField, before);
        // the others are mostly about as big; growing step by step would touch three times the memory
        if (index === items.count - 1) writer.reserve(Math.min(writer.size * index, mostReserved));
      }
      messages.fields(message, { metadata: list.metadata });
      seal(writer, list);
      return writer.view();
    });
  }

  /**
   * An event of a watch: its length in four bytes, then the event, whose object is in an envelope. Fields that
   * Protocol Buffers cannot say are left out, as a watch cannot change its form. API: stream=watch.
   */
  encodeEvent(event: string, type: string, object: Enveloped): Buffer {
    const writer = new WireWriter();
    const message = this.#messages.get(type);
    if (message !== undefined) new MessageWriter(this.#messages, writer, false).fields(message, object as Fields);
    seal(writer, object);
    writer.wrap(1, 0);
    writer.wrap(2, 0);
    writer.string(1, event);
    const size = Buffer.allocUnsafe(4);
    size.writeUInt32BE(writer.size);
    writer.raw(size);
    return writer.view();
  }
}

/** What `write` makes, or undefined when it cannot be said. */
function attempt(write: () => Buffer): Buffer | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof NoProtobuf) return undefined;
    throw error;
  }
}

/** So many bytes at most are held ready for a list whose first item is big. */
const mostReserved = 4 * 1024 * 1024;

/** The number of `items` in every list. */
const itemsField = 2;

/** Puts the envelope around everything written so far. */
function seal(writer: WireWriter, object: Enveloped): void {
  writer.wrap(2, 0);
  const before = writer.size;
  writer.string(2, String(object.kind ?? ''));
  writer.string(1, String(object.apiVersion ?? ''));
  writer.wrap(1, before);
  writer.raw(magic);
}
