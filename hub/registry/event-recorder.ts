/** Writes core/v1 Events about what parts of the hub did, counting repetitions in one Event instead of making more. */
import type { Event } from '../api/config.ts';
import { isAlreadyExists, isNotFound } from '../api/errors.ts';
import type { KubeObject, ObjectReference } from '../api/object.ts';
import { timestamp } from '../api/object.ts';
import { events } from '../api/resource.ts';
import type { User } from '../api/user.ts';
import { Allowance } from '../base/allowance.ts';
import type { Clock } from '../base/clock.ts';
import { Fifo } from '../base/fifo.ts';
import type { Log } from '../base/log.ts';
import type { Registry, WriteOptions } from './registry.ts';
import { combinedPrefix, SimilarEvents } from './similar-events.ts';

/** What happened to whom. */
export interface Happening {
  readonly about: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly action?: string;
}

/** Takes events and returns at once. Under pressure events are dropped, never delayed work. */
export interface EventRecorder {
  record(happening: Happening): void;
  /** Resolves when every event taken so far is written or dropped. */
  flushed(): Promise<void>;
}

/** Who records. `component` becomes source.component, as `kube-controller-manager` parts name themselves. */
export interface EventRecorderOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly component: string;
  readonly user: User;
  readonly manager: string;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
  /** When it last happened, in Unix milliseconds. */
  at: number;
}

/** Events being written and waiting at most; what comes on top is dropped. */
const inFlightLimit = 512;
const waitingLimit = 16_384;
const memoryLimit = 4096;
/** API: --event-ttl. The Event of what did not happen for so long is gone, and there is nothing to count on. */
const memoryTime = 3_600_000;
/** API EventSourceObjectSpamFilter: an object may raise 25 events of one source at once, then one each 5 minutes. */
const objectAllowance = { burst: 25, refill: 300_000, remembered: memoryLimit };

const contentLimit = 1024;

/** Forgets what happened long ago, and the oldest when there is too much to remember. The oldest comes first. */
function bound(known: Map<string, Series>, now: number): void {
  for (const [key, { at }] of known) {
    if (known.size <= memoryLimit && at > now - memoryTime) return;
    known.delete(key);
  }
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #write: WriteOptions;
  readonly #series = new Map<string, Series>();
  readonly #similar = new SimilarEvents();
  readonly #allowance: Allowance;
  readonly #waiting = new Fifo<() => Promise<void>>();
  #inFlight = 0;
  #dropped = 0;
  #serial = 0;
  #flushed: (() => void)[] = [];

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#write = { user: options.user, manager: options.manager };
    this.#allowance = new Allowance({ ...objectAllowance, clock: options.clock });
  }

  record(happening: Happening): void {
    if (this.#waiting.size >= waitingLimit) {
      this.#dropped++;
      return;
    }
    const { about, type, reason, message } = happening;
    const kind = [about.kind, about.metadata.namespace, about.metadata.uid, type, reason].join('\n');
    const joins = this.#similar.joins(kind, message, this.#options.clock.now());
    if (!this.#allowance.take(`${about.kind}\n${about.metadata.uid}`)) return;
    const key = joins ? kind : `${kind}\n${message}`;
    const told = joins ? { ...happening, message: combinedPrefix + message } : happening;
    const known = this.#series.get(key);
    if (known === undefined) this.#enqueue(() => this.#create(key, told));
    else this.#enqueue(() => this.#repeat(known, key, told));
  }

  flushed(): Promise<void> {
    if (this.#inFlight === 0 && this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  #enqueue(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#pump();
  }

  #pump(): void {
    while (this.#inFlight < inFlightLimit) {
      const task = this.#waiting.take();
      if (task === undefined) break;
      this.#inFlight++;
      void task()
        .catch((error: unknown) => this.#options.log.debug({ error: String(error) }, 'event not written'))
        .finally(() => {
          this.#inFlight--;
          this.#pump();
        });
    }
    if (this.#waiting.size === 0) {
      if (this.#dropped > 0) this.#options.log.warn({ dropped: this.#dropped }, 'too many events at once');
      this.#dropped = 0;
      if (this.#inFlight === 0) for (const resolve of this.#flushed.splice(0)) resolve();
    }
  }

  async #create(key: string, happening: Happening): Promise<void> {
    const { metadata } = happening.about;
    const now = this.#options.clock.now();
    const serial = (BigInt(now) * 1_000_000n + BigInt(this.#serial++ % 1_000_000)).toString(16);
    const series: Series = {
      name: `${(metadata.name ?? '').slice(0, 230)}.${serial}`,
      namespace: metadata.namespace === undefined || metadata.namespace === '' ? 'default' : metadata.namespace,
      count: 1,
      at: now,
    };
    this.#series.set(key, series);
    bound(this.#series, now);
    try {
      await this.#options.registry.create(events, series.namespace, this.#event(series, happening), this.#write);
    } catch (error) {
      this.#series.delete(key);
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async #repeat(series: Series, key: string, happening: Happening): Promise<void> {
    series.count++;
    series.at = this.#options.clock.now();
    if (this.#series.get(key) === series) {
      this.#series.delete(key);
      this.#series.set(key, series);
    }
    try {
      await this.#options.registry.modify<Event>(
        events,
        series.namespace,
        series.name,
        (event) => {
          event.count = series.count;
          event.message = happening.message.slice(0, contentLimit);
          event.lastTimestamp = timestamp(this.#options.clock.now());
        },
        this.#write,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#series.delete(key);
      await this.#create(key, happening);
    }
  }

  #event(series: Series, happening: Happening): Event {
    const { about, type, reason, action } = happening;
    const { name, namespace, uid, resourceVersion } = about.metadata;
    const now = timestamp(this.#options.clock.now());
    const involvedObject: ObjectReference = {
      kind: about.kind,
      ...(namespace === undefined || namespace === '' ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      apiVersion: about.apiVersion,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: series.name, namespace: series.namespace },
      involvedObject,
      reason,
      message: happening.message.slice(0, contentLimit),
      source: { component: this.#options.component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      ...(action === undefined ? {} : { action }),
      reportingComponent: this.#options.component,
      reportingInstance: '',
    };
  }
}

/** A recorder of events for one component. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}
