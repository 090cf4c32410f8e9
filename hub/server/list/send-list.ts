/** Sending lists: item bytes joined by commas, in chunks, waiting for slow clients. */
import type { Call } from '../call.ts';
import { drained, type Frame, type Items, openList } from './list-stream.ts';
import { compressAbove, contentTypes, sendBytes, sendJsonBytes } from '../respond.ts';
import { sendYamlList } from './send-yaml-list.ts';

const chunkSize = 128 * 1024;
const comma = 0x2c;
const brace = 0x7b;

/** How many bytes a whole list has. One write of a body whose length is known is one copy less than one of a chunk. */
function lengthOf(items: Items, frame: Frame): number {
  let length = Buffer.byteLength(frame.head) + Buffer.byteLength(frame.tail) + Math.max(0, items.count - 1);
  for (let index = 0; index < items.count; index += 1) {
    const item = items.bytes(index);
    const skip = items.skip(item);
    length += item.length - (skip > 0 ? skip - 1 : 0);
  }
  return length;
}

/** Fills chunks with items. */
class Chunks {
  readonly #items: Items;
  readonly #frame: Frame;
  #next = 0;
  #ended = false;
  /** An item too big for what was left of a chunk. */
  #held: Buffer | undefined;
  #chunk: Buffer | undefined;
  #isFree = false;

  constructor(items: Items, frame: Frame) {
    this.#items = items;
    this.#frame = frame;
  }

  /** The next part of the list, or undefined after the last. */
  next(): Buffer | undefined {
    if (this.#ended) return undefined;
    const chunk = this.#isFree && this.#chunk !== undefined ? this.#chunk : Buffer.allocUnsafe(chunkSize);
    this.#chunk = chunk;
    this.#isFree = false;
    let length = this.#next === 0 && this.#held === undefined ? chunk.write(this.#frame.head, 0) : 0;
    for (;;) {
      const item = this.#held ?? this.#take();
      this.#held = undefined;
      if (item === undefined) break;
      if (length + item.length + 2 > chunkSize) {
        if (length > 0) {
          this.#held = item;
          return chunk.subarray(0, length);
        }
        return this.#whole(item);
      }
      length = this.#put(chunk, length, item);
    }
    this.#ended = true;
    const tail = Buffer.from(this.#frame.tail);
    if (length + tail.length > chunkSize) return Buffer.concat([chunk.subarray(0, length), tail]);
    return chunk.subarray(0, length + tail.copy(chunk, length));
  }

  /** The last part was sent: its memory may hold the next. */
  sent(): void {
    this.#isFree = true;
  }

  #take(): Buffer | undefined {
    if (this.#next >= this.#items.count) return undefined;
    const item = this.#items.bytes(this.#next);
    this.#next += 1;
    return item;
  }

  #put(chunk: Buffer, at: number, item: Buffer): number {
    let length = at;
    if (this.#next > 1) {
      chunk[length] = comma;
      length += 1;
    }
    const skip = this.#items.skip(item);
    if (skip > 0) {
      chunk[length] = brace;
      length += 1;
    }
    return length + item.copy(chunk, length, skip);
  }

  /** One item that is bigger than a chunk. */
  #whole(item: Buffer): Buffer {
    const chunk = Buffer.allocUnsafe(item.length + 2);
    return chunk.subarray(0, this.#put(chunk, 0, item));
  }
}

/** Answers 200 with a list. Resolves when everything is written or the client went away. */
export async function sendList(call: Call, items: Items, frame: Frame): Promise<void> {
  const isYaml = call.format.encoding === 'yaml';
  if (isYaml && items.size >= compressAbove) return sendYamlList(call, items, frame);
  const chunks = new Chunks(items, frame);
  const plain = !isYaml && !call.query.has('pretty');
  if (!plain || items.size < compressAbove) {
    const parts: Buffer[] = [];
    for (let part = chunks.next(); part !== undefined; part = chunks.next()) parts.push(part);
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    if (plain) {
      call.audit?.answeredJson(whole);
      sendBytes(call, 200, whole, contentTypes.json);
    } else sendJsonBytes(call, 200, whole);
    return;
  }
  const { res } = call;
  const out = openList(call, contentTypes.json, items.ready ? lengthOf(items, frame) : -1);
  for (let part = chunks.next(); part !== undefined; part = chunks.next()) {
    if (res.destroyed) return;
    call.audit?.answeredPart(part);
    if (out.write(part)) continue;
    await drained(out, res);
    chunks.sent();
  }
  out.end();
}
