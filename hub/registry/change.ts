/** Changing an object: PUT, patches and controllers all end here, decided against the newest state. */
import { badRequest, conflict, notFound, staleObject } from '../api/errors.ts';
import { invalid } from '../api/field-error.ts';
import { sameJson } from '../api/same-json.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';
import { apiVersionOf, type ResourceRef } from '../api/resource.ts';
import type { PartStrategy, ResourceInfo } from '../kinds/kind.ts';
import { validateMetadataUpdate } from '../kinds/metadata.ts';
import { metadataCauses } from '../kinds/metadata-rounds.ts';
import { createObject } from './create.ts';
import { isDefinition } from './definitions.ts';
import type { StoredEntry } from './entry.ts';
import type { Mutate, WriteOptions, Written } from './registry.ts';
import type { Forms } from './versions.ts';
import {
  admissionRequest,
  admit,
  commitState,
  dryEntry,
  formsOf,
  infoOf,
  makeEntry,
  ownFields,
  refuseInvalid,
  reserve,
  storedInfo,
  type WriteContext,
} from './write-path.ts';

/** How often a change is worked out again when somebody wrote while admission was waiting. */
const tries = 5;

/** PUT: replaces an object; creates it where the kind allows that. */
export async function updateObject(
  context: WriteContext,
  ref: ResourceRef,
  namespace: string,
  name: string,
  object: KubeObject,
  options: WriteOptions,
): Promise<Written> {
  const info = infoOf(context.catalogue, ref);
  checkNames(info, namespace, name, object);
  const current = context.pipeline.latest(info.storage, namespace, name);
  if (current === undefined) {
    if (!info.strategy.createOnUpdate || options.subresource !== undefined) throw notFound(info, name);
    delete object.metadata.resourceVersion;
    return createObject(context, ref, namespace, object, options);
  }
  if (!object.metadata.resourceVersion && !info.strategy.unconditionalUpdate) {
    const why = invalid('metadata.resourceVersion', undefined, 'must be specified for an update');
    const about = info.custom === undefined ? info : { ...info, kind: info.resource };
    refuseInvalid(about, name, [{ ...why, message: 'Invalid value: 0x0: must be specified for an update' }]);
  }
  return change(context, info, { namespace, name, current }, () => object, options);
}

/** Works out a change with `mutate` on a private copy of the newest state and writes it. */
export async function modifyObject<T extends KubeObject>(
  context: WriteContext,
  ref: ResourceRef,
  namespace: string,
  name: string,
  mutate: Mutate<T>,
  options: WriteOptions,
): Promise<Written> {
  const info = infoOf(context.catalogue, ref);
  const changed = (current: StoredEntry): KubeObject => {
    const copy = copyOf<T>(context, info, current);
    return mutate(copy) ?? copy;
  };
  return change(context, info, { namespace, name }, changed, options);
}

/** Writes what `changed` makes of the newest state, which is `current` where the caller has looked for it already. */
async function change(
  context: WriteContext,
  info: ResourceInfo,
  where: { namespace: string; name: string; current?: StoredEntry },
  changed: (current: StoredEntry) => KubeObject,
  options: WriteOptions,
): Promise<Written> {
  for (let attempt = 1; ; attempt += 1) {
    const found = attempt === 1 ? where.current : undefined;
    const current = found ?? context.pipeline.latest(info.storage, where.namespace, where.name);
    if (current === undefined) throw notFound(info, where.name);
    const asked = context.versions.ready(info, [current]);
    if (asked !== undefined) await asked;
    const written = await writeOnce(context, info, current, changed(current), options);
    if (written !== undefined) return written;
    if (attempt >= tries) throw conflict(info, where.name, staleObject);
  }
}

/** One try; undefined when the object moved while admission was waiting. */
async function writeOnce(
  context: WriteContext,
  info: ResourceInfo,
  current: StoredEntry,
  after: KubeObject,
  options: WriteOptions,
): Promise<Written | undefined> {
  const old = context.versions.glanced(info, current);
  checkPreconditions(info, current, after);
  keepServerOwned(info, after, old);
  info.strategy.setDefaults(after);
  // API: what a writer of one part may not change is not theirs either
  partOf(info, options.subresource)?.prepare(after, old);
  ownFields(context, info, after, old, options);
  const request = admissionRequest(
    'UPDATE',
    info,
    { namespace: current.namespace, name: current.name, object: after, old },
    options,
  );
  const waiting = admit(context, request, () => {
    prepare(info, after, old, options.subresource);
    validateChange(info, after, old, options.subresource);
  });
  if (waiting !== undefined) {
    await waiting;
    if (!isLatest(context, info, current)) return undefined;
  }
  if (options.warn !== undefined) for (const text of info.strategy.warnings(after, old)) options.warn(text);
  return settle(context, info, current, { after, old }, options);
}

/** What becomes of a change; undefined when the object moved while its versions were worked out. */
async function settle(
  context: WriteContext,
  info: ResourceInfo,
  current: StoredEntry,
  states: { after: KubeObject; old: KubeObject },
  options: WriteOptions,
): Promise<Written | undefined> {
  const { after, old } = states;
  // API: the node a Pod is given is no wish of its owner
  if (options.subresource !== 'binding') countGeneration(info, after, old);
  const reservations = reserve(context, info, after, old, options.dryRun);
  const giveBack = (): void => {
    for (const reservation of reservations) reservation.rollback();
  };
  if (unchanged(after, old) && !isOutdated(context, info, current)) {
    giveBack();
    return { entry: current, outcome: 'unchanged' };
  }
  const made = info.custom?.webhook === undefined ? inside(context, info, after) : await outside(context, info, after);
  if (made.forms !== undefined && !isLatest(context, info, current)) return undefined;
  const stored = storedInfo(context.catalogue, info);
  const finished = mayGo(after);
  const outcome = finished ? 'deleted' : 'updated';
  if (options.dryRun === true) {
    giveBack();
    const entry = dryEntry(context, stored, made.kept, current.revision);
    if (made.forms !== undefined) context.versions.attach(entry, made.forms);
    return { entry, outcome };
  }
  const revision = context.pipeline.next();
  const entry = makeEntry(context, stored, made.kept, revision, current.key);
  if (made.forms !== undefined) context.versions.attach(entry, made.forms);
  if (finished) reservations.push(...reserve(context, info, undefined, after));
  const type = finished ? 'DELETED' : 'MODIFIED';
  await commitState(context, { type, revision, entry, previous: current }, reservations);
  return { entry, outcome };
}

function isLatest(context: WriteContext, info: ResourceInfo, current: StoredEntry): boolean {
  return context.pipeline.latest(info.storage, current.namespace, current.name, current.key) === current;
}

/** The object to store, and its other forms where a webhook makes them. */
interface Made {
  readonly kept: KubeObject;
  readonly forms: Forms | undefined;
}

function inside(context: WriteContext, info: ResourceInfo, after: KubeObject): Made {
  return { kept: context.catalogue.toStorage(info)?.(after) ?? after, forms: undefined };
}

/** What a webhook makes of an object: its storage form, and the others. */
async function outside(context: WriteContext, info: ResourceInfo, after: KubeObject): Promise<Made> {
  const kept = await context.versions.toStorage(info, after);
  return { kept, forms: (await formsOf(context, info, after, kept)) ?? new Map() };
}

/** A private copy of the object in the version it is asked for in. */
function copyOf<T extends KubeObject>(context: WriteContext, info: ResourceInfo, entry: StoredEntry): T {
  if (info === entry.info) return entry.copy<T>();
  if (info.custom?.webhook !== undefined) return structuredClone(context.versions.served(info, entry)) as T;
  const copy = entry.copy<T>();
  return (context.catalogue.fromStorage(info)?.(copy) ?? copy) as T;
}

function checkNames(info: ResourceInfo, namespace: string, name: string, object: KubeObject): void {
  const { metadata } = object;
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (info.namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the object does not match the namespace on the URL');
  }
}

/** API: a resourceVersion or uid in the new object must be that of the current one. */
function checkPreconditions(info: ResourceInfo, current: StoredEntry, after: KubeObject): void {
  const { resourceVersion, uid } = after.metadata;
  if (uid && uid !== current.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.uid}`;
    throw conflict(info, current.name, why);
  }
  if (resourceVersion && resourceVersion !== '0' && resourceVersion !== String(current.revision)) {
    throw conflict(info, current.name, staleObject);
  }
}

const serverOwned = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'namespace',
  'generateName',
] as const satisfies readonly (keyof ObjectMeta)[];

/** Puts back what only the server writes in metadata. */
function keepServerOwned(info: ResourceInfo, after: KubeObject, old: KubeObject): void {
  const target = after.metadata as Record<string, unknown>;
  for (const field of serverOwned) {
    const value = old.metadata[field];
    if (value !== undefined) target[field] = value;
    else if (target[field] !== undefined) delete target[field];
  }
  after.apiVersion = apiVersionOf(info);
  after.kind = info.kind;
}

function partOf(info: ResourceInfo, subresource: string | undefined): PartStrategy | undefined {
  return subresource === undefined ? undefined : info.strategy.parts?.get(subresource);
}

function prepare(info: ResourceInfo, after: KubeObject, old: KubeObject, subresource: string | undefined): void {
  const { strategy } = info;
  if (subresource === 'status') strategy.prepareStatusUpdate(after, old);
  else if (subresource === undefined) strategy.prepareUpdate(after, old);
  else partOf(info, subresource)?.prepare(after, old);
  strategy.setDefaults(after);
}

function validateChange(info: ResourceInfo, after: KubeObject, old: KubeObject, subresource: string | undefined): void {
  const { strategy } = info;
  const found = validateMetadataUpdate(after.metadata, old.metadata, {
    custom: info.custom !== undefined || isDefinition(info),
  });
  const errors = found.length === 0 ? found : metadataCauses(info, after.metadata, found, subresource);
  if (subresource === 'status') errors.push(...strategy.validateStatusUpdate(after, old));
  else if (subresource === undefined) errors.push(...strategy.validateUpdate(after, old));
  else errors.push(...(partOf(info, subresource)?.validate(after, old) ?? []));
  refuseInvalid(info, after.metadata.name ?? '', errors);
}

/** API: generation counts changes of what the user wants, so neither metadata nor status. */
function countGeneration(info: ResourceInfo, after: KubeObject, old: KubeObject): void {
  if (!info.strategy.hasGeneration) return;
  for (const field of new Set([...Object.keys(after), ...Object.keys(old)])) {
    if (field === 'metadata' || sameJson(after[field], old[field])) continue;
    if (field === 'status' && (info.custom === undefined || info.strategy.hasStatus)) continue;
    after.metadata.generation = (old.metadata.generation ?? 0) + 1;
    return;
  }
}

/** A write that changes nothing has no revision of its own; times of managed fields do not count. */
function unchanged(after: KubeObject, old: KubeObject): boolean {
  after.metadata.resourceVersion = old.metadata.resourceVersion ?? '';
  return sameJson(after, old);
}

/** True for a custom object that is still stored in a version of earlier: any write brings it up to date. */
function isOutdated(context: WriteContext, info: ResourceInfo, current: StoredEntry): boolean {
  if (info.custom === undefined || current.info === storedInfo(context.catalogue, info)) return false;
  return current.object().apiVersion !== apiVersionOf(info.storage);
}

/** True when a deletion was only waiting for finalizers and they are gone now. */
export function mayGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (deletionGracePeriodSeconds ?? 0) > 0) return false;
  if ((finalizers?.length ?? 0) > 0) return false;
  const spec = object.spec as { finalizers?: string[] } | undefined;
  return object.kind !== 'Namespace' || (spec?.finalizers?.length ?? 0) === 0;
}
