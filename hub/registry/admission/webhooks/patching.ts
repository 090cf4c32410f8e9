/** What a mutating webhook wants changed, done as if a client had sent the object so. */
import { ApiError, badRequest } from '../../../api/errors.ts';
import type { JsonObject, KubeObject } from '../../../api/object.ts';
import { apiVersionOf } from '../../../api/resource.ts';
import { type Conformer, objectMetaType } from '../../../kinds/conform.ts';
import { typeOf } from '../../../kinds/built-in.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import { jsonPatch, type PatchStep } from '../../patch/json-patch.ts';
import { isObject, put } from '../../patch/value.ts';
import type { AdmissionRequest } from '../../registry.ts';
import { kindOf } from './review.ts';

function stepsOf(text: string): PatchStep[] {
  const steps: unknown = JSON.parse(text);
  if (!Array.isArray(steps) || !steps.every(isObject)) throw new Error('the patch is no list of operations');
  return steps as PatchStep[];
}

/** A form of what is written. */
export interface Form {
  readonly info: ResourceInfo;
  readonly subresource: string;
  readonly object: KubeObject;
}

/** What a change made of an object: pruned, in canonical form, with defaults. Answers what it did not know. */
export function conformed(
  conformer: Conformer,
  { info, subresource }: Omit<Form, 'object'>,
  made: KubeObject,
): readonly string[] {
  if (!isObject(made) || !isObject(made.metadata)) throw new Error('the result is no object');
  const { group, version, kind } = kindOf(info, subresource);
  made.apiVersion = apiVersionOf({ group, version });
  made.kind = kind;
  if (kind !== info.kind) return conformer.conform(typeOf(group, version, kind), made);
  const unknown = [...conformer.conform(info.type, made)];
  const inside = info.custom?.conform(made, (metadata) => conformer.conform(objectMetaType, metadata)) ?? [];
  info.strategy.setDefaults(made);
  return [...unknown, ...inside];
}

/** The object with a webhook's JSON patch. Throws InternalError. */
export function patched(conformer: Conformer, { info, subresource, object }: Form, patch: string): KubeObject {
  try {
    const made = jsonPatch(structuredClone(object) as JsonObject, stepsOf(patch)) as KubeObject;
    conformed(conformer, { info, subresource }, made);
    return made;
  } catch (error) {
    const failure = error instanceof ApiError && error.cause instanceof Error ? error.cause : error;
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new ApiError('InternalError', `Internal error occurred: ${why}`, { cause: error });
  }
}

/** API: what the server gives an object is set after admission, so that nobody there changes it. */
const serverGiven = ['uid', 'creationTimestamp', 'generation', 'resourceVersion', 'deletionTimestamp'] as const;

/** The object with what the server gave it. Refuses one that is not the one the request is about any more. */
export function kept(request: AdmissionRequest, made: KubeObject): KubeObject {
  const given = request.object?.metadata ?? {};
  for (const field of serverGiven) {
    if (given[field] === undefined) delete made.metadata[field];
    else Object.assign(made.metadata, { [field]: given[field] });
  }
  const { name, namespace = '' } = made.metadata;
  if (request.operation === 'UPDATE' && name !== request.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${request.name})`);
  }
  if (request.info.namespaced && namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return made;
}

/** Makes `object` what `made` is, in place. */
export function become(object: KubeObject, made: KubeObject): void {
  for (const field of Object.keys(object)) if (!Object.hasOwn(made, field)) delete object[field];
  for (const [field, value] of Object.entries(made)) put(object, field, value);
}

/** The request as webhooks see it: with the bodies of its subresource, where those are no objects of the kind itself. */
export function inForm(request: AdmissionRequest): AdmissionRequest {
  const form = request.options?.form;
  if (form === undefined) return request;
  const { old } = request;
  const isNew = form.operation === 'CREATE';
  // an eviction deletes: there is no object then, and yet a body
  const object = request.object ?? (isNew ? old : undefined);
  return {
    ...request,
    operation: form.operation,
    object: object === undefined ? undefined : form.of(object),
    old: old === undefined || isNew ? undefined : form.of(old),
  };
}
