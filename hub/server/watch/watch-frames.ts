/** Watch events as bytes: one line or message inside one HTTP chunk, made once for all watchers that want the same form. */
import { ApiError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/object.ts';
import { apiVersionOf } from '../../api/resource.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { WatchEvent } from '../../registry/registry.ts';
import type { Format } from '../accept.ts';
import type { Encoder } from '../encode.ts';
import { partialText } from '../partial.ts';
import { statusType } from '../respond.ts';
import { type Include, rowText, tableHead, tableTail } from '../table.ts';

/** An event about an object. */
type ObjectEvent = Extract<WatchEvent, { type: 'ADDED' | 'MODIFIED' | 'DELETED' }>;

/** Which form of which resource. */
export interface FrameForm {
  readonly info: ResourceInfo;
  readonly format: Format;
  readonly include: Include;
}

const crlf = '\r\n';
const lineEnd = Buffer.from(`}\n${crlf}`);

/** `{"type":…,"object":` before the object, and what ends the line and the chunk after it. */
function framed(type: string, object: Buffer | string): Buffer {
  const head = `{"type":"${type}","object":`;
  const length = typeof object === 'string' ? Buffer.byteLength(object) : object.length;
  const start = (head.length + length + 2).toString(16) + crlf + head;
  const frame = Buffer.allocUnsafe(start.length + length + lineEnd.length);
  let at = frame.write(start, 0, 'latin1');
  at += typeof object === 'string' ? frame.write(object, at) : object.copy(frame, at);
  lineEnd.copy(frame, at);
  return frame;
}

/** A message inside a chunk. */
function chunk(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(message.length.toString(16) + crlf), message, Buffer.from(crlf)]);
}

/**
 * Frames of one form. What was made for one watcher is kept until `forget`, for the others.
 *
 * INVARIANTS: shared frames are made in the order of their events, once for each; so a watcher that took as many as
 * there are took all of them.
 */
export class Frames {
  readonly #encoder: Encoder;
  readonly #form: FrameForm;
  readonly #now: () => number;
  readonly #made = new Map<object, Map<string, Buffer>>();
  /** The shared frames since the last `forget`, in the order of their events. */
  #log: Buffer[] = [];
  #joined: Buffer | undefined;

  constructor(options: { encoder: Encoder; form: FrameForm; now: () => number }) {
    this.#encoder = options.encoder;
    this.#form = options.form;
    this.#now = options.now;
  }

  get info(): ResourceInfo {
    return this.#form.info;
  }

  /** How many shared frames there are since the last `forget`. */
  get count(): number {
    return this.#log.length;
  }

  /** All shared frames since the last `forget` in one. */
  joined(): Buffer {
    const [only] = this.#log;
    if (only !== undefined && this.#log.length === 1) return only;
    if (this.#joined === undefined) this.#joined = Buffer.concat(this.#log);
    return this.#joined;
  }

  /** The frame of an event, shared between watchers: never change it. */
  shared(event: ObjectEvent): Buffer {
    let frames = this.#made.get(event.entry);
    if (frames === undefined) {
      frames = new Map();
      this.#made.set(event.entry, frames);
    }
    let frame = frames.get(event.type);
    if (frame === undefined) {
      frame = this.own(event, false);
      frames.set(event.type, frame);
      this.#log.push(frame);
      this.#joined = undefined;
    }
    return frame;
  }

  /** The frame of an event, for one watcher. `columns`: API, the first table of a watch describes its columns. */
  own(event: ObjectEvent, columns: boolean): Buffer {
    const { info, format } = this.#form;
    if (format.codec !== undefined)
      return chunk(format.codec.encodeEvent(event.type, info.type, this.#objectOf(event)));
    if (format.as === 'object' && event.type !== 'DELETED') {
      return framed(event.type, this.#encoder.bytes(info, event.entry));
    }
    return framed(event.type, this.#text(this.#objectOf(event), columns));
  }

  forget(): void {
    if (this.#log.length === 0) return;
    this.#made.clear();
    this.#log = [];
    this.#joined = undefined;
  }

  /** A bookmark: nothing but a resourceVersion. API: `initialEventsEnd` marks the end of the first events. */
  bookmark(revision: number, initialEventsEnd: boolean): Buffer {
    const { info, format } = this.#form;
    const annotations = initialEventsEnd ? ',"annotations":{"k8s.io/initial-events-end":"true"}' : '';
    const metadata = `{"resourceVersion":"${revision}"${annotations}}`;
    if (format.codec !== undefined) {
      const object = { kind: info.kind, apiVersion: apiVersionOf(info), metadata: JSON.parse(metadata) as object };
      return chunk(format.codec.encodeEvent('BOOKMARK', info.type, object));
    }
    if (format.as === 'table') {
      return framed(
        'BOOKMARK',
        tableHead(info, format.version, { resourceVersion: String(revision) }, false) + tableTail,
      );
    }
    const kind = format.as === 'object' ? info.kind : 'PartialObjectMetadata';
    const version = format.as === 'object' ? apiVersionOf(info) : `meta.k8s.io/${format.version}`;
    return framed('BOOKMARK', `{"kind":"${kind}","apiVersion":"${version}","metadata":${metadata}}`);
  }

  /** The event that ends a watch with an error. */
  error(error: unknown): Buffer {
    const shown =
      error instanceof ApiError ? error : new ApiError('InternalError', 'Internal error occurred: the watch failed');
    const { codec } = this.#form.format;
    if (codec === undefined) return framed('ERROR', JSON.stringify(shown.status()));
    return chunk(codec.encodeEvent('ERROR', statusType, shown.status()));
  }

  /** API: an object that is gone, or left the selection, is DELETED as it was before, at the new revision. */
  #objectOf(event: ObjectEvent): KubeObject {
    const { info } = this.#form;
    const before = event.change.previous;
    if (event.type !== 'DELETED' || before === undefined) return this.#encoder.object(info, event.entry);
    const object = this.#encoder.object(info, before);
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(event.change.revision) } };
  }

  #text(object: KubeObject, columns: boolean): string {
    const { info, format, include } = this.#form;
    if (format.as === 'object') return JSON.stringify(object);
    if (format.as !== 'table') return partialText(object, format.version);
    const head = tableHead(info, format.version, { resourceVersion: object.metadata.resourceVersion }, columns);
    return head + rowText(info, object, { include, version: format.version, now: this.#now() }) + tableTail;
  }
}
