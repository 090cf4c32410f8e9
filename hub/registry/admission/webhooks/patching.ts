/** What a mutating webhook wants changed, done as if a client had sent the object so. */
import { ApiError } from '../../../api/errors.ts';
import type { JsonObject, KubeObject } from '../../../api/object.ts';
import { apiVersionOf } from '../../../api/resource.ts';
import { type Conformer, objectMetaType } from '../../../kinds/conform.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import { jsonPatch, type PatchStep } from '../../patch/json-patch.ts';
import { isObject } from '../../patch/value.ts';

function stepsOf(text: string): PatchStep[] {
  const steps: unknown = JSON.parse(text);
  if (!Array.isArray(steps) || !steps.every(isObject)) throw new Error('the patch is no list of operations');
  return steps as PatchStep[];
}

/** The object of `info` with a webhook's JSON patch: pruned, in canonical form, with defaults. Throws InternalError. */
export function patched(conformer: Conformer, info: ResourceInfo, object: KubeObject, patch: string): KubeObject {
  try {
    const made = jsonPatch(structuredClone(object) as JsonObject, stepsOf(patch)) as KubeObject;
    if (!isObject(made) || !isObject(made.metadata)) throw new Error('the result is no object');
    made.apiVersion = apiVersionOf(info);
    made.kind = info.kind;
    conformer.conform(info.type, made);
    info.custom?.conform(made, (metadata) => conformer.conform(objectMetaType, metadata));
    info.strategy.setDefaults(made);
    return made;
  } catch (error) {
    const failure = error instanceof ApiError && error.cause instanceof Error ? error.cause : error;
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new ApiError('InternalError', `Internal error occurred: ${why}`, { cause: error });
  }
}

/** Makes `object` what `made` is, in place. */
export function become(object: KubeObject, made: KubeObject): void {
  for (const field of Object.keys(object)) if (!Object.hasOwn(made, field)) delete object[field];
  Object.assign(object, made);
}
