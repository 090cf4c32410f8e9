/** Server-side apply: a manager declares the fields it wants, and owns exactly those. */
import { ApiError, badRequest } from '../../api/errors.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../../api/object.ts';
import { isObject } from '../patch/value.ts';
import { compareObjects, type Comparison } from './compare.ts';
import { ConfigMistake, configSet } from './config-set.ts';
import { type Conflict, conflictError, conflictsBeyond } from './conflicts.ts';
import { entryOf, isOf, setOf, sorted, type Writer } from './entries.ts';
import { type FieldSet, intersection, sameSet, union } from './field-set.ts';
import { mergeConfig, pruneGivenUp } from './merge.ts';
import { type Shape, serverOwned } from './shape.ts';
import { shapeOfKind, type ShapeSource } from './shape-of-kind.ts';
import { ignoredPart, without } from './update.ts';
import { newObjectSet } from './whole.ts';

/** One apply. */
export interface Apply extends ShapeSource {
  /** The stored object with its managedFields, not changed; parts of it end up in the result. Undefined when there is none. */
  readonly live: KubeObject | undefined;
  /** The body, decoded; not changed. */
  readonly config: JsonObject;
  readonly manager: string;
  /** Group and version the body must have: those of the URL. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for the main resource. */
  readonly subresource: string;
  readonly force: boolean;
  /** RFC 3339 with whole seconds. */
  readonly time: string;
}

/** What an apply leaves behind: an object that carries its new managedFields. Do not track it as an update too. */
export interface Applied {
  readonly object: KubeObject;
  /** False when neither the object nor an owner changed: nothing needs to be written. */
  readonly changed: boolean;
}

/** API: kubectl's own manager may take over what its client-side apply set before. */
const kubectlManager = 'kubectl';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** API: owns what was there before an object nobody tracked is applied for the first time. */
const beforeFirstApply = 'before-first-apply';

function printedKind(apiVersion: string, kind: string): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
}

/** Throws when the body is not of the resource it is sent to. */
function checkConfig({ config, apiVersion, kind }: Apply): void {
  const version = typeof config.apiVersion === 'string' ? config.apiVersion : '';
  const metadata = isObject(config.metadata) ? config.metadata : {};
  if (metadata.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  if (version !== apiVersion) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${apiVersion}`,
    );
  }
  if (typeof config.kind !== 'string' || config.kind === '') {
    const named = printedKind(version, '');
    throw mistake(config, `no corresponding type for ${named}`);
  }
  if (config.kind !== kind) {
    throw new ApiError('Unknown', `failed to merge config: expected objects of the same type, but got ${config.kind}`);
  }
}

/** Go's unstructured objects have no name, kind or version where that is no text. */
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function mistake(config: JsonObject, what: string, cause?: unknown): ApiError {
  const metadata = isObject(config.metadata) ? config.metadata : {};
  const kind = printedKind(text(config.apiVersion), text(config.kind));
  const name = `${text(metadata.namespace)}/${text(metadata.name)}`;
  return new ApiError('Unknown', `failed to create typed patch object (${name}; ${kind}): ${what}`, { cause });
}

function claimed(apply: Apply, shape: Shape): FieldSet {
  try {
    return configSet(apply.config, shape, serverOwned, ignoredPart(apply.subresource));
  } catch (error) {
    if (error instanceof ConfigMistake) throw mistake(apply.config, error.message, error);
    throw error;
  }
}

/** The entries there are; those of an object nobody tracked until now begin with one for what it holds. */
function entriesBefore(apply: Apply, shape: Shape): readonly ManagedFieldsEntry[] {
  const { live } = apply;
  const entries = live?.metadata.managedFields ?? [];
  if (live === undefined || entries.length > 0) return entries;
  const set = newObjectSet(live, shape, ignoredPart(''));
  if (set === undefined) return entries;
  const writer: Writer = {
    manager: beforeFirstApply,
    operation: 'Update',
    apiVersion: apply.apiVersion,
    subresource: '',
  };
  return [entryOf(writer, set, apply.time)];
}

/** The fields of the last client-side apply; they may be taken without force. */
function clientSideSet(live: KubeObject | undefined, shape: Shape): FieldSet | undefined {
  const text = live?.metadata.annotations?.[lastApplied];
  if (text === undefined) return undefined;
  try {
    const config: unknown = JSON.parse(text);
    return isObject(config) ? configSet(config, shape, serverOwned) : undefined;
  } catch {
    return undefined;
  }
}

function refuseConflicts(
  apply: Apply,
  others: readonly ManagedFieldsEntry[],
  comparison: Comparison,
  shape: Shape,
): void {
  const { changed } = comparison;
  if (apply.force || changed === undefined) return;
  let conflicts: Conflict[] = [];
  for (const entry of others) {
    const fields = intersection(setOf(entry), changed);
    if (fields !== undefined) conflicts.push({ entry, fields });
  }
  if (conflicts.length > 0 && apply.manager === kubectlManager) {
    const allowed = clientSideSet(apply.live, shape);
    if (allowed !== undefined) conflicts = conflictsBeyond(conflicts, allowed);
  }
  if (conflicts.length > 0) throw conflictError(conflicts);
}

function mergedWith(
  apply: Apply,
  shape: Shape,
  claim: FieldSet,
  mine: ManagedFieldsEntry | undefined,
  others: readonly ManagedFieldsEntry[],
): KubeObject {
  const { managedFields: _, ...metadata } = (
    isObject(apply.config.metadata) ? apply.config.metadata : {}
  ) as JsonObject;
  const config = { ...apply.config, metadata };
  const merged = mergeConfig(apply.live ?? {}, config, shape) as KubeObject;
  if (mine === undefined) return merged;
  let owned = claim;
  for (const entry of others) owned = union(owned, setOf(entry));
  return pruneGivenUp(merged as unknown as JsonObject, setOf(mine), owned, shape) as unknown as KubeObject;
}

/**
 * Applies a configuration. Throws 409 for conflicts without force, 400 for a body of another version, and, as the API
 * server does, 500 without a reason for a body that is not of its type.
 */
export function applyPatch(apply: Apply): Applied {
  checkConfig(apply);
  const shape = shapeOfKind(apply);
  const { manager, apiVersion, subresource, live } = apply;
  const writer: Writer = { manager, operation: 'Apply', apiVersion, subresource };
  const claim = claimed(apply, shape);
  const entries = entriesBefore(apply, shape);
  const mine = entries.find((entry) => isOf(entry, writer));
  const others = entries.filter((entry) => entry !== mine);
  const merged = mergedWith(apply, shape, claim, mine, others);
  const comparison = compareObjects(live ?? {}, merged, shape, ignoredPart(subresource));
  refuseConflicts(apply, others, comparison, shape);
  const same = live !== undefined && comparison.changed === undefined && comparison.removed === undefined;
  const result: ManagedFieldsEntry[] = [];
  for (const entry of others) {
    const left = same ? entry : without(entry, comparison);
    if (left !== undefined) result.push(left);
  }
  if (Object.keys(claim).length > 0) result.push(entryOf(writer, claim, same ? mine?.time : apply.time));
  const unmoved = same && mine !== undefined && sameSet(setOf(mine), claim) && mine.apiVersion === apiVersion;
  return { object: withEntries(same ? live : merged, sorted(result)), changed: !unmoved };
}

function withEntries(object: KubeObject, entries: ManagedFieldsEntry[]): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}
