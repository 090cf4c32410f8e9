/** What objects inside objects carry: templates and claims have metadata of their own. */
import { type FieldError, forbiddenField } from '../api/field-error.ts';
import type { ObjectMeta } from '../api/object.ts';
import { validateAnnotations, validateLabels } from './metadata.ts';

/** Templates print empty metadata. API: since v1.34 without a creationTimestamp that is null. */
export function defaultNestedMetadata(holder: { metadata?: ObjectMeta }): void {
  holder.metadata ??= {};
}

/** In the order of ObjectMeta. */
const neverThere = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;

/** Metadata of templates of claims at `path`. API: labels and annotations are taken over, and nothing else may be said. */
export function validateTemplateMetadata(meta: ObjectMeta | undefined, path: string, errors: FieldError[]): void {
  if (meta === undefined) return;
  if (meta.annotations) validateAnnotations(meta.annotations, `${path}.annotations`, errors);
  if (meta.labels) validateLabels(meta.labels, `${path}.labels`, errors);
  const said = meta as Record<string, unknown>;
  for (const field of neverThere) {
    const value = said[field];
    if (!value || (Array.isArray(value) && value.length === 0)) continue;
    errors.push(forbiddenField(`${path}.${field}`, 'cannot be set'));
  }
}
