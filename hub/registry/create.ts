/** Create: defaults, admission, validation, then the first revision of an object. */
import { alreadyExists, ApiError, badRequest } from '../api/errors.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';
import { apiVersionOf, type ResourceRef } from '../api/resource.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import { validateMetadata } from '../kinds/metadata.ts';
import { isDefinition } from './definitions.ts';
import type { StoredEntry } from './entry.ts';
import { generateName } from './generate-name.ts';
import { objectKey } from './key.ts';
import type { WriteOptions, Written } from './registry.ts';
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

/** How often a generated name that is taken is drawn again. */
const nameTries = 8;

/** Creates `object`. It is changed in place and kept: the caller gives it away. */
export async function createObject(
  context: WriteContext,
  ref: ResourceRef,
  namespace: string,
  object: KubeObject,
  options: WriteOptions,
): Promise<Written> {
  const info = infoOf(context.catalogue, ref);
  checkNamespace(info, namespace, object);
  info.strategy.setDefaults(object);
  stampNew(context, info, namespace, object, options);
  // API: what admission adds belongs to nobody, so owners are noted before it
  ownFields(context, info, object, undefined, options);
  const name = object.metadata.name ?? '';
  const request = admissionRequest('CREATE', info, { namespace, name, object, old: undefined }, options);
  const waiting = admit(context, request, () => {
    info.strategy.setDefaults(object);
    info.strategy.prepareCreate(object);
    validateNew(info, object);
  });
  if (waiting !== undefined) await waiting;
  info.strategy.finishCreate?.(object);
  if (options.warn !== undefined) for (const text of info.strategy.warnings(object, undefined)) options.warn(text);
  redrawName(context, info, object);
  const made = context.versions.toStorage(info, object);
  const kept = made instanceof Promise ? await made : made;
  const asked = formsOf(context, info, object, kept);
  const forms = asked === undefined ? undefined : await asked;
  const key = objectKey(info.storage, object.metadata.namespace ?? '', object.metadata.name ?? '');
  refuseExisting(context, info, object, key);
  const reservations = reserve(context, info, object, undefined, options.dryRun);
  const stored = storedInfo(context.catalogue, info);
  if (options.dryRun === true) {
    for (const reservation of reservations) reservation.rollback();
    const dry = dryEntry(context, stored, kept, 0);
    if (forms !== undefined) context.versions.attach(dry, forms);
    return { entry: dry, outcome: 'created' };
  }
  const revision = context.pipeline.next();
  const entry = makeEntry(context, stored, kept, revision, key);
  if (forms !== undefined) context.versions.attach(entry, forms);
  await commitState(context, { type: 'ADDED', revision, entry, previous: undefined }, reservations);
  return { entry, outcome: 'created' };
}

function checkNamespace(info: ResourceInfo, namespace: string, object: KubeObject): void {
  const { metadata } = object;
  if (!info.namespaced) return;
  if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** What a new object may not bring along. */
const forgotten = ['deletionTimestamp', 'deletionGracePeriodSeconds', 'resourceVersion', 'selfLink'] as const;

/** API: a resourceVersion that is 0, or none at all, is as good as unset. */
const isRevision = (text: string | undefined): boolean => text !== undefined && /^0*[1-9]\d*$/.test(text);

/** Sets what the server owns in the metadata of a new object. */
function stampNew(
  context: WriteContext,
  info: ResourceInfo,
  namespace: string,
  object: KubeObject,
  options: WriteOptions,
): void {
  const metadata: ObjectMeta & { selfLink?: string } = object.metadata;
  if (isRevision(metadata.resourceVersion) && options.dryRun !== true) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  object.apiVersion = apiVersionOf(info);
  object.kind = info.kind;
  if (info.namespaced) metadata.namespace = namespace;
  else if (metadata.namespace !== undefined) delete metadata.namespace;
  for (const field of forgotten) if (field in metadata) delete metadata[field];
  if (options.ownsFields !== true && metadata.managedFields !== undefined) delete metadata.managedFields;
  metadata.uid = context.newUid();
  metadata.creationTimestamp = context.timestamp();
  if (info.strategy.hasGeneration) metadata.generation = 1;
  if (metadata.name === undefined || metadata.name === '') {
    if (metadata.generateName) metadata.name = generateName(metadata.generateName, context.random);
  }
}

function validateNew(info: ResourceInfo, object: KubeObject): void {
  const custom = info.custom !== undefined || isDefinition(info);
  const rules = { namespaced: info.namespaced, validateName: info.strategy.validateName, custom };
  const errors = [...validateMetadata(object.metadata, rules), ...info.strategy.validateCreate(object)];
  refuseInvalid(info, object.metadata.name ?? '', errors);
}

/** A generated name that is taken is drawn again, so that clients rarely see the collision. */
function redrawName(context: WriteContext, info: ResourceInfo, object: KubeObject): void {
  const base = object.metadata.generateName;
  if (!base?.length || object.metadata.name?.startsWith(base) !== true) return;
  for (let attempt = 0; attempt < nameTries && latest(context, info, object) !== undefined; attempt += 1) {
    object.metadata.name = generateName(base, context.random);
  }
}

function refuseExisting(context: WriteContext, info: ResourceInfo, object: KubeObject, key: string): void {
  const existing = latest(context, info, object, key);
  if (existing === undefined) return;
  const error = alreadyExists(info, object.metadata.name ?? '');
  if (existing.object().metadata.deletionTimestamp === undefined) throw error;
  throw new ApiError('AlreadyExists', `object is being deleted: ${error.message}`, { details: error.details ?? {} });
}

/** The namespace of the object was set by now, and is none where the kind has none. */
function latest(
  context: WriteContext,
  info: ResourceInfo,
  { metadata }: KubeObject,
  key?: string,
): StoredEntry | undefined {
  return context.pipeline.latest(info.storage, metadata.namespace ?? '', metadata.name ?? '', key);
}
