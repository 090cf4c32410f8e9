/** Events live for an hour after they last happened. */
import { isConflict, isNotFound } from '../api/errors.ts';
import { events } from '../api/resource.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Change } from '../registry/registry.ts';
import { type ControllerContext, writerOf } from './context.ts';
import { keyOf, splitKey } from './controller.ts';

/** API: --event-ttl. */
const lifetimeMs = 3_600_000;
/** Expired Events are collected for this long and deleted together. */
const gatherMs = 30_000;

class EventTtl implements Part {
  readonly name = 'event ttl';
  readonly #context: ControllerContext;
  readonly #writer = writerOf('event-ttl-controller');
  /** When each Event expires (Unix milliseconds), soonest first. */
  readonly #expiry = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #end: (() => void) | undefined;
  #sweep: Promise<void> = Promise.resolve();

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  start(): void {
    const { registry, clock } = this.#context;
    this.#end = registry.subscribe(events, (change) => this.#changed(change));
    const known: { key: string; due: number }[] = [];
    for (const entry of registry.entries(events)) {
      const event = entry.object<{
        lastTimestamp?: string;
        apiVersion: string;
        kind: string;
        metadata: { creationTimestamp?: string | null };
      }>();
      const last = Date.parse(event.lastTimestamp ?? event.metadata.creationTimestamp ?? '') || clock.now();
      known.push({ key: keyOf(entry), due: last + lifetimeMs });
    }
    for (const { key, due } of known.sort((a, b) => a.due - b.due)) this.#expiry.set(key, due);
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#end?.();
    this.#cancel?.();
    await this.#sweep;
  }

  #changed(change: Change): void {
    const key = keyOf(change.entry);
    this.#expiry.delete(key);
    if (change.type !== 'DELETED') this.#expiry.set(key, this.#context.clock.now() + lifetimeMs);
    this.#arm();
  }

  #arm(): void {
    if (this.#cancel !== undefined) return;
    const first = this.#expiry.values().next();
    if (first.done === true) return;
    const { clock } = this.#context;
    this.#cancel = clock.after(Math.max(0, first.value - clock.now()) + gatherMs, () => {
      this.#cancel = undefined;
      this.#sweep = this.#expire().finally(() => this.#arm());
    });
  }

  async #expire(): Promise<void> {
    const { clock, registry, log } = this.#context;
    const due: string[] = [];
    for (const [key, time] of this.#expiry) {
      if (time > clock.now()) break;
      due.push(key);
    }
    for (const key of due) this.#expiry.delete(key);
    for (let at = 0; at < due.length; at += 500) {
      const deletions = due.slice(at, at + 500).map((key) => {
        const { namespace, name } = splitKey(key);
        return registry.delete(events, namespace, name, this.#writer);
      });
      for (const result of await Promise.allSettled(deletions)) {
        if (result.status === 'fulfilled' || isNotFound(result.reason) || isConflict(result.reason)) continue;
        log.warn({ error: String(result.reason) }, 'an old event could not be deleted');
      }
    }
  }
}

/** Lets old Events go. */
export function createEventTtlController(context: ControllerContext): Part {
  return new EventTtl(context);
}
