/** The garbage collector: what has lost its last owner goes; owners that wait for dependents, or set them free, get their way. */
import { isConflict, isNotFound } from '../../api/errors.ts';
import {
  foregroundFinalizer,
  type KubeObject,
  type ObjectMeta,
  orphanFinalizer,
  removeFinalizer,
} from '../../api/object.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { deletedMark, finalizedMark } from '../byte-marks.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { createController } from '../controller.ts';
import { fateOf, isForeground, ownerOf, ownerState } from './owners.ts';

/** Names one object of any kind. */
function keyOf(entry: Entry): string {
  const { group, version, resource } = entry.info;
  return [group, version, resource, entry.namespace, entry.name, entry.uid].join('|');
}

class GarbageCollector {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf('generic-garbage-collector');

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  /** What may have been missed while the hub was down. */
  *initial(): Iterable<string | undefined> {
    const { registry } = this.#context;
    for (const info of registry.catalogue.stored()) {
      for (const entry of registry.entries(info)) {
        yield this.#mayConcern(entry) ? keyOf(entry) : undefined;
      }
    }
  }

  /** The same question as `#concerns`, asked without parsing; a yes too many costs one look. */
  #mayConcern(entry: Entry): boolean {
    const { bytes } = entry;
    if (bytes.includes(finalizedMark) && bytes.includes(deletedMark)) return true;
    const { registry } = this.#context;
    return entry.owners?.some((owner) => ownerState(registry, entry.namespace, owner) !== 'keeps') === true;
  }

  /** What a change concerns: asked of every change there is, and nearly always nothing. */
  keys(change: Change): Iterable<string> {
    const { type, entry, previous } = change;
    const isOwned = entry.owners !== undefined || previous?.owners !== undefined;
    if (type !== 'DELETED' && !isOwned && entry.glance().metadata.deletionTimestamp === undefined) return [];
    return this.#concerned(change);
  }

  *#concerned(change: Change): Iterable<string> {
    const { entry } = change;
    if (change.type !== 'DELETED') {
      if (this.#concerns(entry)) yield keyOf(entry);
    } else for (const dependent of this.#context.registry.dependents(entry.uid)) yield keyOf(dependent);
    yield* this.#waitingOwners(entry);
    const { previous } = change;
    if (change.type === 'MODIFIED' && previous?.owners !== undefined && entry.bytes.includes(finalizedMark)) {
      yield* this.#waitingOwners(previous);
    }
  }

  /** Owners in foreground deletion: each change of a dependent may be the one they wait for. */
  *#waitingOwners(entry: Entry): Iterable<string> {
    const { registry } = this.#context;
    for (const reference of entry.owners ?? []) {
      const owner = ownerOf(registry, entry.namespace, reference);
      if (owner !== undefined && owner !== 'unknown' && isForeground(owner.object())) yield keyOf(owner);
    }
  }

  /** True when there is something to do about the object. */
  #concerns(entry: Entry): boolean {
    const { metadata } = entry.glance();
    if (metadata.deletionTimestamp !== undefined) {
      const finalizers = metadata.finalizers ?? [];
      return finalizers.includes(orphanFinalizer) || finalizers.includes(foregroundFinalizer);
    }
    const owners = metadata.ownerReferences;
    if (owners === undefined) return false;
    return owners.some((owner) => ownerState(this.#context.registry, entry.namespace, owner) !== 'keeps');
  }

  async reconcile(key: string): Promise<Again> {
    const [group = '', version = '', resource = '', namespace = '', name = '', uid] = key.split('|');
    const entry = this.#context.registry.get({ group, version, resource }, namespace, name);
    if (entry === undefined || entry.uid !== uid) return undefined;
    const { metadata } = entry.object();
    try {
      if (metadata.deletionTimestamp === undefined) await this.#decide(entry);
      else if (metadata.finalizers?.includes(orphanFinalizer)) await this.#orphan(entry);
      else if (metadata.finalizers?.includes(foregroundFinalizer)) await this.#foreground(entry);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  async #decide(entry: Entry): Promise<void> {
    const { registry } = this.#context;
    const object = entry.object();
    const states = (object.metadata.ownerReferences ?? []).map((owner) => ownerState(registry, entry.namespace, owner));
    const dependents = registry.dependents(entry.uid);
    const fate = fateOf(object, states, dependents.length > 0);
    if (fate.do === 'keep') return;
    if (fate.do === 'drop-owners') {
      await this.#edit(entry, (metadata) => dropOwners(metadata, fate.uids));
      return;
    }
    if (fate.policy === 'Foreground' && dependents.some((one) => isForeground(one.object())))
      await this.#unblock(entry);
    const preconditions = { uid: entry.uid };
    const options = { ...this.#writer, propagationPolicy: fate.policy, preconditions };
    try {
      await registry.delete(entry.info, entry.namespace, entry.name, options);
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  /** API: circles of dependents that all wait for each other are broken by not blocking any more. */
  #unblock(entry: Entry): Promise<void> {
    return this.#edit(entry, (metadata) => {
      for (const owner of metadata.ownerReferences ?? [])
        if (owner.blockOwnerDeletion) owner.blockOwnerDeletion = false;
    });
  }

  async #orphan(entry: Entry): Promise<void> {
    const dependents = this.#context.registry.dependents(entry.uid);
    await Promise.all(
      dependents.map((one) =>
        this.#edit(one, (metadata) => dropOwners(metadata, [entry.uid])).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        }),
      ),
    );
    await this.#edit(entry, (metadata) => removeFinalizer(metadata, orphanFinalizer));
  }

  async #foreground(entry: Entry): Promise<void> {
    const dependents = this.#context.registry.dependents(entry.uid);
    const blocks = (object: KubeObject): boolean =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === entry.uid && owner.blockOwnerDeletion === true) ===
      true;
    await Promise.all(
      dependents.map((one) =>
        this.#decide(one).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        }),
      ),
    );
    if (this.#context.registry.dependents(entry.uid).some((one) => blocks(one.object()))) return;
    await this.#edit(entry, (metadata) => removeFinalizer(metadata, foregroundFinalizer));
  }

  async #edit(entry: Entry, change: (metadata: ObjectMeta) => void): Promise<void> {
    await this.#context.registry.modify(
      entry.info,
      entry.namespace,
      entry.name,
      (object) => {
        if (object.metadata.uid === entry.uid) change(object.metadata);
      },
      this.#writer,
    );
  }
}

function dropOwners(metadata: ObjectMeta, uids: readonly string[]): void {
  const rest = (metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid));
  if (rest.length > 0) metadata.ownerReferences = rest;
  else delete metadata.ownerReferences;
}

/** Collects garbage of every kind. */
export function createGarbageCollector(context: ControllerContext): Part {
  const collector = new GarbageCollector(context);
  return createController({
    name: 'garbage-collector',
    context,
    interests: [{ ref: undefined, keys: (change) => collector.keys(change) }],
    initial: () => collector.initial(),
    reconcile: (key) => collector.reconcile(key),
    workers: 64,
  });
}
