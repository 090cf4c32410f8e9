/** Who owns the replicas of a workload, as its Scale tells it and as its Scale is told. API: the scale subresource. */
import type { ManagedFieldsEntry } from '../../api/object.ts';
import { setOf } from './entries.ts';
import { difference, type FieldSet, intersection, leaf } from './field-set.ts';

const scaleVersion = 'autoscaling/v1';
const replicas: FieldSet = { 'f:spec': { 'f:replicas': leaf } };

/** The field a path like `.spec.replicas` leads to. */
export function fieldAt(path: string): FieldSet {
  const names = path.split('.').filter((name) => name !== '');
  return names.reduceRight<FieldSet>((inside, name) => ({ [`f:${name}`]: inside }), leaf);
}

const asFields = (set: FieldSet): ManagedFieldsEntry['fieldsV1'] => set as ManagedFieldsEntry['fieldsV1'];

const owns = (entry: ManagedFieldsEntry, field: FieldSet): boolean => intersection(setOf(entry), field) !== undefined;

/** The entries of a Scale: those of the workload that own its replicas, which are at `field`. */
export function scaleEntries(entries: readonly ManagedFieldsEntry[], field: FieldSet): ManagedFieldsEntry[] {
  return entries
    .filter((entry) => owns(entry, field))
    .map((entry) => ({ ...entry, apiVersion: scaleVersion, fieldsV1: asFields(replicas) }));
}

const isSame = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean =>
  a.manager === b.manager && a.operation === b.operation && (a.subresource ?? '') === (b.subresource ?? '');

/** The entries of the workload, `before`, once its Scale has the entries `scale`. */
export function parentEntries(
  before: readonly ManagedFieldsEntry[],
  scale: readonly ManagedFieldsEntry[],
  parent: { readonly field: FieldSet; readonly apiVersion: string },
): ManagedFieldsEntry[] {
  const { field, apiVersion } = parent;
  const owners = scale.filter((entry) => owns(entry, replicas));
  const result: ManagedFieldsEntry[] = [];
  for (const entry of before) {
    const left =
      owns(entry, field) && !owners.some((owner) => isSame(owner, entry))
        ? difference(setOf(entry), field)
        : setOf(entry);
    if (left !== undefined) result.push(left === setOf(entry) ? entry : { ...entry, fieldsV1: asFields(left) });
  }
  for (const owner of owners) {
    if (result.some((entry) => isSame(entry, owner) && owns(entry, field))) continue;
    result.push({ ...owner, apiVersion, fieldsV1: asFields(field) });
  }
  return result;
}
