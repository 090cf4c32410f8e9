/** Bodies of PATCH requests, decoded once: the three kinds of patches as functions on objects. */
import { ApiError, badRequest } from '../../api/errors.ts';
import { deeperThan, jsonTypeName, maxDepth } from '../../api/go-json.ts';
import type { JsonObject } from '../../api/object.ts';
import { wellFormedJson } from '../../api/well-formed.ts';
import { jsonFault } from '../../kinds/json-syntax.ts';
import type { Schemas } from '../../kinds/schema.ts';
import { jsonPatch, type PatchStep } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicPatch } from './strategic.ts';
import { isObject } from './value.ts';

/** The media types of patches that change an object; apply is another way. */
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** Does one patch on a private copy of an object, as often as needed. */
export type Patcher = (object: JsonObject) => JsonObject;

/** What a patch is and what it is for. */
export interface PatchSource {
  readonly contentType: string;
  readonly body: string;
  readonly schemas: Schemas;
  /** The schema type of the object (`io.k8s.api.core.v1.Pod`). */
  readonly type: string;
}

function parsed(body: string, prefix: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(wellFormedJson(body));
  } catch (cause) {
    throw new ApiError('BadRequest', prefix + (jsonFault(body) ?? 'invalid JSON'), { cause });
  }
  if (deeperThan(value, maxDepth)) throw badRequest(`${prefix}exceeded max depth`);
  return value;
}

function unmarshal(value: unknown, goType: string, prefix: string): ApiError {
  return badRequest(`${prefix}json: cannot unmarshal ${jsonTypeName(value)} into Go value of type ${goType}`);
}

function mapOf(body: string, prefix: string): JsonObject {
  const value = parsed(body, prefix);
  if (value === null) return {};
  if (!isObject(value)) throw unmarshal(value, 'map[string]interface {}', prefix);
  return value;
}

const decoding = 'error decoding patch: ';

function stepsOf(body: string): PatchStep[] {
  const value = parsed(body, decoding);
  if (value === null) return [];
  if (!Array.isArray(value)) throw unmarshal(value, '[]handlers.jsonPatchOp', decoding);
  const odd = value.find((step) => !isObject(step));
  if (odd !== undefined) throw unmarshal(odd, 'handlers.jsonPatchOp', decoding);
  return value as PatchStep[];
}

/** Decodes a patch; throws BadRequest with Go's text, or 415 for a media type that is no patch. */
export function decodePatch({ contentType, body, schemas, type }: PatchSource): Patcher {
  switch (contentType) {
    case patchTypes.json: {
      const steps = stepsOf(body);
      return (object) => jsonPatch(object, steps);
    }
    case patchTypes.merge: {
      const patch = mapOf(body, decoding);
      return (object) => mergePatch(object, patch);
    }
    case patchTypes.strategic: {
      const patch = mapOf(body, '');
      return (object) => strategicPatch(schemas, type, object, patch);
    }
    default:
      throw new ApiError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });
  }
}
