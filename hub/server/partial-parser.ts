/** Parses stored objects without what a look at them does not need: what managers own is a third of a Pod. */
import type { KubeObject } from '../api/object.ts';
import { type MetadataParts, metadataParts, type Span } from '../kinds/json-parts.ts';
import { JsonBytes } from '../kinds/protobuf/special-write.ts';

/** Objects of more bytes than this are parsed whole. */
const mostBytes = 64 * 1024;
const zero = 0x30;

/** What a row of a table is made of. */
export interface Sketch {
  /** The object, without managedFields. */
  readonly object: KubeObject;
  /** Its whole metadata as JSON. */
  readonly metadata: Buffer;
}

/** Keeps one piece of memory to put objects together in. */
export class PartialParser {
  #room: Buffer | undefined;

  /** Undefined for bytes that have to be parsed whole. */
  sketch(bytes: Buffer): Sketch | undefined {
    const parts = bytes.length > mostBytes ? undefined : metadataParts(bytes);
    if (parts === undefined) return undefined;
    const { metadata, managed } = parts;
    return {
      object: this.#without(bytes, managed === undefined ? [] : [managed], false),
      metadata: bytes.subarray(metadata.from, metadata.to),
    };
  }

  /** The metadata alone, as JSON; undefined as before. */
  metadata(bytes: Buffer): Buffer | undefined {
    const metadata = metadataParts(bytes)?.metadata;
    return metadata === undefined ? undefined : bytes.subarray(metadata.from, metadata.to);
  }

  /** The object for a message of Protocol Buffers, in which each `fieldsV1` is JSON anyway: as JsonBytes. Undefined as before. */
  forMessage(bytes: Buffer): KubeObject | undefined {
    const parts = bytes.length > mostBytes ? undefined : metadataParts(bytes);
    if (parts === undefined) return undefined;
    const object = this.#without(bytes, parts.owned, true);
    putBack(object, bytes, parts);
    return object;
  }

  /** Parses the bytes without some of them; `number` puts a number where they were. */
  #without(bytes: Buffer, cuts: readonly Span[], number: boolean): KubeObject {
    if (cuts.length === 0) return JSON.parse(bytes.toString('utf8')) as KubeObject;
    this.#room ??= Buffer.allocUnsafeSlow(mostBytes);
    const room = this.#room;
    let length = 0;
    let at = 0;
    for (const { from, to } of cuts) {
      length += bytes.copy(room, length, at, from);
      if (number) room[length++] = zero;
      at = to;
    }
    length += bytes.copy(room, length, at);
    return JSON.parse(room.toString('utf8', 0, length)) as KubeObject;
  }
}

function putBack({ metadata }: KubeObject, bytes: Buffer, { owned }: MetadataParts): void {
  let next = 0;
  for (const entry of (metadata.managedFields ?? []) as { fieldsV1?: unknown }[]) {
    const span = entry.fieldsV1 === undefined ? undefined : owned[next++];
    if (span !== undefined) entry.fieldsV1 = new JsonBytes(bytes, span);
  }
}
