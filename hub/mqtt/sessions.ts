/** Who is connected: the newest session of each node. */
import { type SessionMessage, sameConnection } from '../api/link.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';

/** One node's newest session. */
export interface Session {
  readonly node: string;
  readonly epoch: string;
  readonly boot: string;
  readonly version: string;
  /** Unix milliseconds. */
  readonly since: number;
}

/** Told after the change; `replaced` when a session of the node was there before. */
export interface SessionListener {
  online?(session: Session, replaced: boolean): void;
  offline?(node: string): void;
}

/** INVARIANTS: a node is online from its session message until a last will of the same connection, or until `clear`. */
export class Sessions {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners: SessionListener[] = [];

  constructor(options: { clock: Clock; log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  listen(listener: SessionListener): void {
    this.#listeners.push(listener);
  }

  get(node: string): Session | undefined {
    return this.#sessions.get(node);
  }

  /** Every node that is online. */
  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** True when `epoch` is the node's newest: everything else is dropped. */
  accepts(node: string, epoch: string): boolean {
    return this.#sessions.get(node)?.epoch === epoch;
  }

  /** Takes a `session` message. */
  take(node: string, message: SessionMessage): void {
    const before = this.#sessions.get(node);
    if (!message.online) {
      // A takeover may deliver the old connection's last will after the new session.
      if (before !== undefined && sameConnection(before.epoch, message.epoch)) this.end(node);
      return;
    }
    if (before?.epoch === message.epoch) return;
    const { epoch, boot, version } = message;
    const session = { node, epoch, boot, version, since: this.#clock.now() };
    this.#sessions.set(node, session);
    this.#log.debug({ node, epoch, boot, version }, 'node is online');
    for (const listener of this.#listeners) listener.online?.(session, before !== undefined);
  }

  /** Nothing is known any more: the hub lost an external broker. Nobody is told; who returns says so. */
  clear(): void {
    this.#sessions.clear();
  }

  /** Ends the session of a node, if it has one. */
  end(node: string): void {
    if (!this.#sessions.delete(node)) return;
    this.#log.debug({ node }, 'node is offline');
    for (const listener of this.#listeners) listener.offline?.(node);
  }
}
