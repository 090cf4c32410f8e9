/** Deleting: preconditions, grace, finalizers and propagation, then the tombstone. */
import { ApiError, conflict, notFound } from '../api/errors.ts';
import { foregroundFinalizer, type KubeObject, orphanFinalizer, timestamp } from '../api/object.ts';
import type { ResourceRef } from '../api/resource.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import { mayGo } from './change.ts';
import type { StoredEntry } from './entry.ts';
import type { DeleteOptions, Written } from './registry.ts';
import {
  admissionRequest,
  admit,
  commitState,
  dryEntry,
  infoOf,
  makeEntry,
  reserve,
  type WriteContext,
  refusedGroup,
} from './write-path.ts';

/** How often a deletion is worked out again when somebody wrote in between. */
const tries = 5;

/** Deletes an object, or marks it so that finalizers and grace can run their course. */
export async function deleteObject(
  context: WriteContext,
  ref: ResourceRef,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<Written> {
  const info = infoOf(context.catalogue, ref);
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const current = context.pipeline.latest(info.storage, namespace, name);
    if (current === undefined) throw notFound(info, name);
    checkPreconditions(info, current, options);
    const asked = context.versions.ready(info, [current]);
    if (asked !== undefined) await asked;
    const old = context.versions.served(info, current);
    const request = admissionRequest('DELETE', info, { namespace, name, object: undefined, old }, options);
    const waiting = admit(context, request, () => {});
    if (waiting !== undefined) await waiting;
    if (options.admitted !== undefined) return settleAdmitted(context, current, options, options.admitted);
    if (context.pipeline.latest(info.storage, namespace, name) === current) return settle(context, current, options);
  }
  throw new ApiError('Conflict', `${info.resource} "${name}" changed too often while it was being deleted`);
}

/** The deletion, once the caller has done what comes before it; it may have changed the object itself. */
async function settleAdmitted(
  context: WriteContext,
  current: StoredEntry,
  options: DeleteOptions,
  admitted: () => Promise<void>,
): Promise<Written> {
  await admitted();
  const { info, namespace, name, uid } = current;
  const now = context.pipeline.latest(info.storage, namespace, name);
  if (now === undefined || now.uid !== uid) throw notFound(info, name);
  return settle(context, now, options);
}

function checkPreconditions(info: ResourceInfo, current: StoredEntry, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const about = { group: refusedGroup(info), resource: info.kind };
  if (uid !== undefined && uid !== current.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${current.uid}). The object might have been deleted and then recreated`;
    throw conflict(about, current.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(current.revision)) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.revision}). The object might have been modified`;
    throw conflict(about, current.name, why);
  }
}

async function settle(context: WriteContext, current: StoredEntry, options: DeleteOptions): Promise<Written> {
  const object = current.copy<KubeObject>();
  const changed = mark(context, object, options);
  const gone = mayGo(object);
  if (!gone && !changed) return { entry: current, outcome: 'unchanged' };
  const stored = current.info;
  if (options.dryRun === true) {
    return { entry: dryEntry(context, stored, object, current.revision), outcome: gone ? 'deleted' : 'updated' };
  }
  const revision = context.pipeline.next();
  const entry = makeEntry(context, stored, object, revision);
  context.versions.carry(current, entry);
  const reservations = gone ? reserve(context, stored, undefined, object) : [];
  const type = gone ? 'DELETED' : 'MODIFIED';
  await commitState(context, { type, revision, entry, previous: current }, reservations);
  return { entry, outcome: gone ? 'deleted' : 'updated' };
}

/** Sets deletion time, grace and finalizers; false when nothing had to change. */
function mark(context: WriteContext, object: KubeObject, options: DeleteOptions): boolean {
  const { metadata } = object;
  const before = JSON.stringify(metadata);
  const finalizers = wantedFinalizers(object, options);
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const grace = graceOf(context, object, options);
  const first = metadata.deletionTimestamp === undefined;
  if (first || grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    const start = first
      ? context.clock.now()
      : requested(metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds);
    metadata.deletionTimestamp = timestamp(start + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
    if (first && metadata.generation !== undefined) metadata.generation += 1;
  }
  if (first) context.catalogue.byKind(...versionAndKind(object))?.strategy.beginDelete?.(object, context.timestamp());
  if (first && object.kind === 'Namespace') object.status = { ...(object.status as object), phase: 'Terminating' };
  return JSON.stringify(metadata) !== before;
}

/** When the running grace period began, in Unix milliseconds. */
function requested(deletionTimestamp: string | undefined, grace: number | undefined): number {
  return Date.parse(deletionTimestamp ?? '') - (grace ?? 0) * 1000;
}

/** API: grace is only for kinds that know it, may be shortened but never lengthened; negative means 1 second. */
function graceOf(context: WriteContext, object: KubeObject, options: DeleteOptions): number {
  const info = context.catalogue.byKind(...versionAndKind(object));
  const kindGrace = info?.strategy.gracePeriod?.(object);
  if (kindGrace === undefined || kindGrace === 0) return 0;
  const asked = options.gracePeriodSeconds;
  if (asked === undefined) return object.metadata.deletionGracePeriodSeconds ?? kindGrace;
  return asked < 0 ? 1 : asked;
}

function versionAndKind(object: KubeObject): [group: string, version: string, kind: string] {
  const slash = object.apiVersion.indexOf('/');
  if (slash < 0) return ['', object.apiVersion, object.kind];
  return [object.apiVersion.slice(0, slash), object.apiVersion.slice(slash + 1), object.kind];
}

/** Kinds whose dependents are orphaned unless the request says otherwise. API: defaultGarbageCollectionPolicy. */
const orphaning = new Set(['ReplicationController', 'Job']);

function wantedFinalizers(object: KubeObject, options: DeleteOptions): string[] {
  const rest = (object.metadata.finalizers ?? []).filter(
    (finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer,
  );
  const had = object.metadata.finalizers ?? [];
  switch (options.propagationPolicy) {
    case 'Orphan':
      return [...rest, orphanFinalizer];
    case 'Foreground':
      return [...rest, foregroundFinalizer];
    case 'Background':
      return rest;
    default:
      if (had.length > rest.length) return had;
      return orphaning.has(object.kind) ? [...rest, orphanFinalizer] : rest;
  }
}
