/** Makes and removes Pods for a controller, with the events that say so. */
import { isConflict, isNamespaceTerminating, isNotFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../api/pod.ts';
import { pods } from '../api/resource.ts';
import type { EventRecorder } from '../registry/event-recorder.ts';
import type { Entry, Registry, WriteOptions } from '../registry/registry.ts';

/** API: SlowStartInitialBatchSize: each next batch is twice as big, so that a template nobody admits is not tried 500 times. */
const firstBatch = 1;

/** Undefined when all went well, else the first message. */
export type Trouble = string | undefined;

/** What the events say, of a Pod and its owner by name; `why` it failed, when it did. */
export interface PodWords {
  readonly create: (pod: string, owner: string, why: string | undefined) => string;
  readonly delete: (pod: string, owner: string, why: string | undefined) => string;
}

const plainWords: PodWords = {
  create: (pod, _, why) => (why === undefined ? `Created pod: ${pod}` : `Error creating: ${why}`),
  delete: (pod, _, why) => (why === undefined ? `Deleted pod: ${pod}` : `Error deleting: ${why}`),
};

/** Pods of one kind of controller. */
export class PodControl {
  readonly #registry: Registry;
  readonly #writer: WriteOptions;
  readonly #recorder: EventRecorder;
  readonly #words: PodWords;

  constructor(registry: Registry, writer: WriteOptions, recorder: EventRecorder, words: PodWords = plainWords) {
    this.#registry = registry;
    this.#writer = writer;
    this.#recorder = recorder;
    this.#words = words;
  }

  #say(about: KubeObject, verb: 'create' | 'delete', pod: string, why?: string): void {
    const done = verb === 'create' ? 'Create' : 'Delete';
    const message = this.#words[verb](pod, about.metadata.name ?? '', why);
    if (why === undefined) this.#recorder.record({ about, type: 'Normal', reason: `Successful${done}`, message });
    else this.#recorder.record({ about, type: 'Warning', reason: `Failed${done}`, message });
  }

  /** Makes one Pod for each of `inputs`, in growing batches; stops at the first batch with a failure. */
  async createAll<T>(owner: KubeObject, inputs: readonly T[], make: (input: T) => Pod): Promise<Trouble> {
    for (let done = 0, size = firstBatch; done < inputs.length; done += size, size *= 2) {
      const batch = inputs.slice(done, done + size);
      const results = await Promise.all(batch.map((input) => this.#create(owner, make(input))));
      const failed = results.find((one) => one !== undefined);
      if (failed !== undefined) return failed === '' ? undefined : failed;
    }
    return undefined;
  }

  /** Undefined when it was made, else why not; empty when the namespace is going away, which is nobody's failure. */
  async #create(owner: KubeObject, pod: Pod): Promise<Trouble> {
    try {
      const written = await this.#registry.create(pods, owner.metadata.namespace ?? '', pod, this.#writer);
      this.#say(owner, 'create', written.entry.name);
      return undefined;
    } catch (error) {
      if (isNamespaceTerminating(error)) return '';
      const message = error instanceof Error ? error.message : String(error);
      this.#say(owner, 'create', pod.metadata.name ?? '', message);
      return message;
    }
  }

  /** Deletes all of `entries`; those that are gone already do not count. */
  async removeAll(owner: KubeObject, entries: readonly Entry[]): Promise<Trouble> {
    const results = await Promise.all(entries.map((entry) => this.#remove(owner, entry)));
    return results.find((one) => one !== undefined);
  }

  async #remove(owner: KubeObject, entry: Entry): Promise<Trouble> {
    try {
      const options = { ...this.#writer, preconditions: { uid: entry.uid } };
      await this.#registry.delete(pods, entry.namespace, entry.name, options);
      this.#say(owner, 'delete', entry.name);
      return undefined;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      this.#say(owner, 'delete', entry.name, message);
      return message;
    }
  }
}
