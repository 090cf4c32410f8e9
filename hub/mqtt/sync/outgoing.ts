/** What waits to be sent to one node's session, and the numbered messages it becomes. */
import type { ObjectKey, ObjectsMessage } from '../../api/link.ts';
import { pack } from '../../api/payload.ts';

/** What a key stands for at the moment of sending: bytes of JSON, something to fetch, or nothing (any more). */
export type Resolved = { readonly bytes: Buffer } | { readonly fetch: string } | undefined;

/** How a session's messages are filled and sent. */
export interface OutgoingOptions {
  readonly epoch: string;
  /** Reads the world anew: keys wait, not objects. */
  readonly resolve: (key: ObjectKey) => Resolved;
  /** Resolves when the node can take more. */
  readonly send: (payload: Buffer) => Promise<boolean>;
  /** The size in bytes of JSON from which a message is closed; 256 KiB unless said. */
  readonly messageSize?: number;
}

/** What one message carries. */
interface Taken {
  readonly upserts: Buffer[];
  readonly deletions: ObjectKey[];
  readonly fetch: NonNullable<ObjectsMessage['fetch']>;
}

const comma = Buffer.from(',');
const tail = Buffer.from(']}');

/**
 * INVARIANTS: one message is under way at a time, and sequences count up by one; a key is sent as it is when its turn
 * comes, so a slow node gets fewer, newer states; what Pods name goes before the Pods.
 */
export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #named = new Set<ObjectKey>();
  readonly #pods = new Set<ObjectKey>();
  readonly #restate = new Set<string>();
  #restateNode = false;
  #opening: ObjectsMessage['services'] | 'none' | undefined;
  #answering = false;
  #reported = 0;
  #reportedSent = 0;
  #sequence = 0;
  #sending = false;
  #closed = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  get epoch(): string {
    return this.#options.epoch;
  }

  /** True once the answer to `sync` is on its way: live changes are added from then on. */
  get opened(): boolean {
    return this.#sequence > 0 || this.#opening !== undefined;
  }

  /** The next message answers `sync`, even when there is no difference. */
  open(services?: ObjectsMessage['services']): void {
    this.#opening = services ?? 'none';
    this.#answering = true;
  }

  add(key: ObjectKey): void {
    (key.startsWith('pods/') ? this.#pods : this.#named).add(key);
  }

  /** Asks the node to report these Pods (`*`: all) or itself again. */
  restate(pods: Iterable<string>, node: boolean): void {
    for (const uid of pods) this.#restate.add(uid);
    this.#restateNode ||= node;
  }

  /** Everything up to this report is committed. */
  acknowledge(sequence: number): void {
    this.#reported = Math.max(this.#reported, sequence);
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
  }

  /** Asks for the held versions in full, outside of the numbering. */
  tellHeld(): void {
    const message: ObjectsMessage = { epoch: this.epoch, sequence: 0, upserts: [], deletions: [], tellHeld: true };
    void this.#options.send(pack(Buffer.from(JSON.stringify(message))));
  }

  /** Sends what waits, message by message, as the node takes it. */
  async flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#wanted() && !this.#closed) await this.#options.send(this.#message());
    } finally {
      this.#sending = false;
    }
  }

  #wanted(): boolean {
    if (!this.opened) return false;
    return (
      this.#opening !== undefined ||
      this.#named.size > 0 ||
      this.#pods.size > 0 ||
      this.#restate.size > 0 ||
      this.#restateNode ||
      this.#reported > this.#reportedSent
    );
  }

  #message(): Buffer {
    const { upserts, deletions, fetch } = this.#takeObjects();
    const head = JSON.stringify({
      epoch: this.epoch,
      sequence: ++this.#sequence,
      ...this.#extras(),
      ...(this.#answering && this.#answersMore() ? { more: true } : {}),
      ...(fetch.length === 0 ? {} : { fetch }),
      deletions,
    });
    return pack(Buffer.concat([Buffer.from(`${head.slice(0, -1)},"upserts":[`), ...upserts, tail]));
  }

  /** As many of the waiting objects as one message carries: named ones first, as Pods need them. */
  #takeObjects(): Taken {
    const taken: Taken = { upserts: [], deletions: [], fetch: [] };
    const limit = this.#options.messageSize ?? 256 * 1024;
    let size = 0;
    for (const keys of [this.#named, this.#pods]) {
      for (const key of keys) {
        if (size >= limit) return taken;
        keys.delete(key);
        size += key.length + this.#take(key, taken);
      }
    }
    return taken;
  }

  /** Puts one object where it belongs; answers its size in bytes. */
  #take(key: ObjectKey, { upserts, deletions, fetch }: Taken): number {
    const resolved = this.#options.resolve(key);
    if (resolved === undefined) deletions.push(key);
    else if ('fetch' in resolved) fetch.push({ key, resourceVersion: resolved.fetch });
    else {
      upserts.push(upserts.length === 0 ? resolved.bytes : Buffer.concat([comma, resolved.bytes]));
      return resolved.bytes.length;
    }
    return 0;
  }

  #answersMore(): boolean {
    this.#answering = this.#named.size > 0 || this.#pods.size > 0;
    return this.#answering;
  }

  #extras(): Partial<ObjectsMessage> {
    const extras: Partial<ObjectsMessage> = {};
    if (this.#opening !== undefined && this.#opening !== 'none') extras.services = this.#opening;
    this.#opening = undefined;
    if (this.#reported > this.#reportedSent) {
      extras.reported = this.#reported;
      this.#reportedSent = this.#reported;
    }
    if (this.#restate.size > 0 || this.#restateNode) {
      extras.restate = { pods: [...this.#restate], node: this.#restateNode };
      this.#restate.clear();
      this.#restateNode = false;
    }
    return extras;
  }
}
