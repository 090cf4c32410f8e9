/** Parses stored objects without what a look at them does not need: what managers own is a third of a Pod. */
import type { KubeObject } from '../api/object.ts';
import { metadataParts, type Span } from '../kinds/json-parts.ts';

/** Objects of more bytes than this are parsed whole. */
const mostBytes = 64 * 1024;

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
    return { object: this.#without(bytes, managed), metadata: bytes.subarray(metadata.from, metadata.to) };
  }

  /** The metadata alone, as JSON; undefined as before. */
  metadata(bytes: Buffer): Buffer | undefined {
    const metadata = metadataParts(bytes)?.metadata;
    return metadata === undefined ? undefined : bytes.subarray(metadata.from, metadata.to);
  }

  #without(bytes: Buffer, cut: Span | undefined): KubeObject {
    if (cut === undefined) return JSON.parse(bytes.toString('utf8')) as KubeObject;
    this.#room ??= Buffer.allocUnsafeSlow(mostBytes);
    const room = this.#room;
    let length = bytes.copy(room, 0, 0, cut.from);
    length += bytes.copy(room, length, cut.to);
    return JSON.parse(room.toString('utf8', 0, length)) as KubeObject;
  }
}
