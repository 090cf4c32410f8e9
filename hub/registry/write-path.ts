/** What every write shares: looking up the kind, admission, validation, field ownership, and making the entry. */
import { notFound } from '../api/errors.ts';
import { type FieldError, invalidObject } from '../api/field-error.ts';
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf, type ResourceRef } from '../api/resource.ts';
import type { Clock } from '../base/clock.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { Schemas } from '../kinds/schema.ts';
import type { CommitPipeline } from './commit.ts';
import { type ParsedObjects, StoredEntry } from './entry.ts';
import { objectKey } from './key.ts';
import { trackUpdate } from './managed-fields/update.ts';
import { objectBytes } from './object-bytes.ts';
import type { AdmissionPlugin, AdmissionRequest, Change, WriteOptions } from './registry.ts';
import type { Forms, Versions } from './versions.ts';

/** Something a write reserves beside the object itself (an address, a port); given back when the write fails. */
export interface Reservation {
  commit(): void;
  rollback(): void;
}

/** Fills in and reserves what one kind of object needs, e.g. a Service its addresses. Throws ApiError when it cannot. */
export interface Allocator {
  handles(info: ResourceInfo): boolean;
  /** `object` is changed in place; undefined when it is being deleted. A dry run reserves nothing. */
  prepare(object: KubeObject | undefined, old: KubeObject | undefined, dryRun?: boolean): Reservation | undefined;
}

/** What the write path works with. */
export interface WriteContext {
  readonly catalogue: Catalogue;
  readonly versions: Versions;
  readonly schemas: Schemas;
  readonly pipeline: CommitPipeline;
  readonly admission: readonly AdmissionPlugin[];
  readonly allocators: readonly Allocator[];
  readonly parsed: ParsedObjects;
  readonly clock: Clock;
  /** The current time as objects carry it. */
  readonly timestamp: () => string;
  readonly newUid: () => string;
  /** A number in [0, 1), for generated names. */
  readonly random: () => number;
}

/** The info of a resource; throws NotFound for one that is not served. Rows of built-in resources are always there. */
export function infoOf(catalogue: Catalogue, ref: ResourceRef | ResourceInfo): ResourceInfo {
  if ('strategy' in ref && ref.custom === undefined) return ref;
  const info = catalogue.locate(ref.group, ref.version, ref.resource);
  if (info === undefined) throw notFound(ref, '');
  return info;
}

/** The info its objects are stored under. */
export function storedInfo(catalogue: Catalogue, info: ResourceInfo): ResourceInfo {
  return info.storage === info ? info : infoOf(catalogue, info.storage);
}

/** Asks the plugins that change objects, then `validate`, then those that only judge. Synchronous unless a plugin is not. */
export function admit(
  context: WriteContext,
  request: AdmissionRequest,
  validate: () => void,
): Promise<void> | undefined {
  const plugins: AdmissionPlugin[] = [];
  for (const plugin of context.admission) if (plugin.handles(request)) plugins.push(plugin);
  for (let index = 0; index < plugins.length; index += 1) {
    const pending = plugins[index]?.mutate?.(request);
    if (pending !== undefined) return admitSlowly(request, plugins, index, pending, validate);
  }
  validate();
  for (let index = 0; index < plugins.length; index += 1) {
    const pending = plugins[index]?.validate?.(request);
    if (pending !== undefined) return judgeSlowly(request, plugins, index, pending);
  }
  return undefined;
}

async function admitSlowly(
  request: AdmissionRequest,
  plugins: readonly AdmissionPlugin[],
  index: number,
  pending: Promise<void>,
  validate: () => void,
): Promise<void> {
  await pending;
  for (const plugin of plugins.slice(index + 1)) await plugin.mutate?.(request);
  validate();
  for (const plugin of plugins) await plugin.validate?.(request);
}

async function judgeSlowly(
  request: AdmissionRequest,
  plugins: readonly AdmissionPlugin[],
  index: number,
  pending: Promise<void>,
): Promise<void> {
  await pending;
  for (const plugin of plugins.slice(index + 1)) await plugin.validate?.(request);
}

/** API: kinds that were of the group `extensions` before theirs are still called so when they are refused. */
const movedKinds: ReadonlySet<string> = new Set(['Ingress', 'NetworkPolicy']);

/** The group a refusal says an object is of. */
export function refusedGroup(info: ResourceInfo): string {
  return info.group === 'networking.k8s.io' && movedKinds.has(info.kind) ? 'extensions' : info.group;
}

/** Throws Invalid when there are errors. */
export function refuseInvalid(info: ResourceInfo, name: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(refusedGroup(info), info.kind, name, errors);
}

/** Names what an admission request is about. */
export function admissionRequest(
  operation: AdmissionRequest['operation'],
  info: ResourceInfo,
  subject: { namespace: string; name: string; object: KubeObject | undefined; old: KubeObject | undefined },
  options: WriteOptions,
): AdmissionRequest {
  return {
    operation,
    info,
    subresource: options.subresource ?? '',
    namespace: subject.namespace,
    name: subject.name,
    object: subject.object,
    old: subject.old,
    user: options.user,
    dryRun: options.dryRun ?? false,
    warn: options.warn ?? (() => {}),
    annotate: options.annotate,
    options,
  };
}

/** Writes down who owns which field after this write. */
export function ownFields(
  context: WriteContext,
  info: ResourceInfo,
  after: KubeObject,
  before: KubeObject | undefined,
  options: WriteOptions,
): void {
  if (options.ownsFields === true) return;
  const entries = trackUpdate({
    schemas: context.schemas,
    type: info.type,
    custom: info.custom?.schema,
    before,
    after,
    manager: options.manager,
    apiVersion: apiVersionOf(info),
    subresource: options.subresource ?? '',
    time: context.timestamp(),
  });
  if (entries === undefined || entries.length === 0) delete after.metadata.managedFields;
  else after.metadata.managedFields = entries;
}

/** Makes the entry of `object` at `revision`; its metadata.resourceVersion is set. `key` is its key, where that is known already. */
export function makeEntry(
  context: WriteContext,
  info: ResourceInfo,
  object: KubeObject,
  revision: number,
  key?: string,
): StoredEntry {
  const { metadata } = object;
  metadata.resourceVersion = String(revision);
  return new StoredEntry({
    info,
    key: key ?? objectKey(info.storage, metadata.namespace ?? '', metadata.name ?? ''),
    revision,
    bytes: objectBytes(object),
    object,
    parsed: context.parsed,
  });
}

/** An entry for a dry run: it is answered, never stored, and has no revision of its own. */
export function dryEntry(context: WriteContext, info: ResourceInfo, object: KubeObject, revision: number): StoredEntry {
  const entry = makeEntry(context, info, object, revision);
  if (revision !== 0) return entry;
  delete object.metadata.resourceVersion;
  return new StoredEntry({
    info,
    key: entry.key,
    revision,
    bytes: objectBytes(object),
    object,
    parsed: context.parsed,
  });
}

/** The forms of an object in its other versions, where a webhook makes them; undefined where nobody is to be asked. */
export function formsOf(
  context: WriteContext,
  info: ResourceInfo,
  object: KubeObject,
  kept: KubeObject,
): Promise<Forms> | undefined {
  return info.custom?.webhook === undefined ? undefined : context.versions.forms(info, object, kept);
}

/** Commits a new state of an object, and what was reserved for it. */
export function commitState(
  context: WriteContext,
  change: Change,
  reservations: readonly Reservation[],
): Promise<void> {
  return reservations.length === 0 ? context.pipeline.commit(change) : commitReserved(context, change, reservations);
}

async function commitReserved(
  context: WriteContext,
  change: Change,
  reservations: readonly Reservation[],
): Promise<void> {
  try {
    await context.pipeline.commit(change);
  } catch (error) {
    for (const reservation of reservations) reservation.rollback();
    throw error;
  }
  for (const reservation of reservations) reservation.commit();
}

/** Reserves what `object` needs; on failure everything reserved so far is given back. */
export function reserve(
  context: WriteContext,
  info: ResourceInfo,
  object: KubeObject | undefined,
  old: KubeObject | undefined,
  dryRun = false,
): Reservation[] {
  const reservations: Reservation[] = [];
  for (const allocator of context.allocators) {
    if (!allocator.handles(info)) continue;
    try {
      const reservation = allocator.prepare(object, old, dryRun);
      if (reservation !== undefined) reservations.push(reservation);
    } catch (error) {
      for (const held of reservations) held.rollback();
      throw error;
    }
  }
  return reservations;
}
