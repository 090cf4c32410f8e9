/** What a mutating policy wants changed, done to a copy of an object. */
import { ApiError } from '../../../api/errors.ts';
import type { JsonObject, KubeObject } from '../../../api/object.ts';
import { apiVersionOf } from '../../../api/resource.ts';
import { typeOf } from '../../../kinds/built-in.ts';
import type { PolicyPatch } from '../../../kinds/control/policy/evaluation.ts';
import { ConfigMistake, configSet } from '../../managed-fields/config-set.ts';
import { mergeConfig } from '../../managed-fields/merge.ts';
import { type Shape, serverOwned } from '../../managed-fields/shape.ts';
import { shapeOfKind } from '../../managed-fields/shape-of-kind.ts';
import { jsonPatch, TestFailed } from '../../patch/json-patch.ts';
import { conformed, type Form } from '../webhooks/patching.ts';
import { kindOf } from '../webhooks/review.ts';
import type { PolicyOptions } from './policy-options.ts';

/** Lists and objects that have one owner: who names a part of them would drop all else in them. */
function atomics(value: unknown, shape: Shape, path: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (shape.is === 'leaf') return shape.expects === 'any' || shape.expects === 'scalar' ? [] : [path];
  if (shape.is === 'keyed' && Array.isArray(value)) {
    return value.flatMap((item, index) => atomics(item, shape.item, `${path}[${index}]`));
  }
  if (shape.is !== 'struct' && shape.is !== 'map') return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const inner = shape.is === 'map' ? shape.item : shape.part(name)?.shape;
    return inner === undefined ? [] : atomics(part, inner, `${path}.${name}`);
  });
}

function shapeOf({ schemas }: PolicyOptions, { info, subresource }: Form): Shape {
  const { group, version, kind } = kindOf(info, subresource);
  if (kind !== info.kind) return shapeOfKind({ schemas, type: typeOf(group, version, kind) });
  return shapeOfKind({ schemas, type: info.type, custom: info.custom?.schema });
}

function applied(options: PolicyOptions, form: Form, config: JsonObject): KubeObject {
  const shape = shapeOf(options, form);
  const { group, version, kind } = kindOf(form.info, form.subresource);
  try {
    configSet(config, shape, serverOwned);
  } catch (error) {
    if (!(error instanceof ConfigMistake)) throw error;
    const why = `failed to convert patch object to typed object: ${error.message}`;
    throw new Error(`error applying patch: ${why}`, { cause: error });
  }
  const found = atomics(config, shape, '');
  if (found.length > 0) {
    const why = `may not mutate atomic arrays, maps or structs: ${found.join(', ')}`;
    throw new Error(`error applying patch: invalid ApplyConfiguration: ${why}`);
  }
  const named = { ...config, apiVersion: apiVersionOf({ group, version }), kind };
  return structuredClone(mergeConfig(form.object, named, shape)) as KubeObject;
}

function stepped(object: KubeObject, steps: readonly JsonObject[]): KubeObject | undefined {
  try {
    return jsonPatch(structuredClone(object) as JsonObject, steps) as KubeObject;
  } catch (error) {
    const failure = error instanceof ApiError && error.cause instanceof Error ? error.cause : error;
    // API: a patch whose test fails is no patch
    if (failure instanceof TestFailed) return undefined;
    throw new Error(`JSONPath: ${failure instanceof Error ? failure.message : String(failure)}`, { cause: error });
  }
}

/**
 * The object with a patch: in canonical form, with defaults; undefined when there is nothing to change. Throws an Error
 * that says why it cannot be made, and InternalError when it knows fields its kind does not.
 */
export function policyPatched(options: PolicyOptions, form: Form, patch: PolicyPatch): KubeObject | undefined {
  const made = patch.is === 'json' ? stepped(form.object, patch.steps) : applied(options, form, patch.config);
  if (made === undefined) return undefined;
  const [unknown] = conformed(options.conformer, form, made);
  if (unknown === undefined) return made;
  throw new ApiError('InternalError', `Internal error occurred: strict decoding error: ${unknown}`);
}
