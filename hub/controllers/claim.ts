/** Which dependents a controller has: adopts those that match and belong to nobody, releases those that match no longer. */
import { isConflict, isNotFound } from '../api/errors.ts';
import { controllerOf, type KubeObject, type ObjectMeta, type OwnerReference } from '../api/object.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { LabelMatcher } from '../api/selector.ts';
import type { Entry, Registry, WriteOptions } from '../registry/registry.ts';

/** The reference a dependent gets. */
export function controllerReference(owner: { apiVersion: string; kind: string; metadata: ObjectMeta }): OwnerReference {
  const { name = '', uid = '' } = owner.metadata;
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** What is claimed, and by whom. */
export interface ClaimOptions {
  readonly registry: Registry;
  readonly writer: WriteOptions;
  readonly owner: KubeObject;
  readonly labels: LabelMatcher;
  /** The kind of the dependents. */
  readonly ref: ResourceRef;
  /** Those the owner controls now. */
  readonly owned: readonly Entry[];
  /** Those of the namespace with matching labels that nobody controls. */
  readonly orphans: readonly Entry[];
  /** A finalizer dependents have for as long as they belong to the owner. */
  readonly finalizer?: string;
}

function isGone(error: unknown): boolean {
  return isNotFound(error) || isConflict(error);
}

function setFinalizer(metadata: ObjectMeta, finalizer: string | undefined, wanted: boolean): void {
  if (finalizer === undefined) return;
  const rest = (metadata.finalizers ?? []).filter((one) => one !== finalizer);
  if (wanted) rest.push(finalizer);
  if (rest.length > 0) metadata.finalizers = rest;
  else delete metadata.finalizers;
}

async function release(options: ClaimOptions, entry: Entry): Promise<void> {
  const uid = options.owner.metadata.uid;
  try {
    await options.registry.modify(
      options.ref,
      entry.namespace,
      entry.name,
      ({ metadata }) => {
        const rest = (metadata.ownerReferences ?? []).filter((one) => one.uid !== uid);
        if (rest.length > 0) metadata.ownerReferences = rest;
        else delete metadata.ownerReferences;
        setFinalizer(metadata, options.finalizer, false);
      },
      options.writer,
    );
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function adopt(options: ClaimOptions, entry: Entry): Promise<Entry | undefined> {
  let taken = false;
  try {
    const written = await options.registry.modify(
      options.ref,
      entry.namespace,
      entry.name,
      (object) => {
        const { metadata } = object;
        taken =
          metadata.uid === entry.uid && metadata.deletionTimestamp === undefined && controllerOf(object) === undefined;
        if (taken) {
          metadata.ownerReferences = [...(metadata.ownerReferences ?? []), controllerReference(options.owner)];
          setFinalizer(metadata, options.finalizer, true);
        }
      },
      options.writer,
    );
    return taken ? written.entry : undefined;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The dependents after adopting and releasing. An owner that is being deleted does neither. */
export async function claim(options: ClaimOptions): Promise<readonly Entry[]> {
  const { owner, owned, orphans, labels } = options;
  const kept = owned.filter((entry) => labels.matches(entry.labels));
  if (owner.metadata.deletionTimestamp !== undefined) return kept;
  if (kept.length === owned.length && orphans.length === 0) return kept;
  const released = owned.filter((entry) => !labels.matches(entry.labels));
  const [adopted] = await Promise.all([
    Promise.all(orphans.map((entry) => adopt(options, entry))),
    Promise.all(released.map((entry) => release(options, entry))),
  ]);
  return [...kept, ...adopted.filter((entry) => entry !== undefined)];
}
