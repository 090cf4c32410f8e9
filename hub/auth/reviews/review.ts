/** What the review resources share: reading a spec that a client wrote, and answering it with a status. */
import { badRequest } from '../../api/errors.ts';
import type { JsonObject, KubeObject } from '../../api/object.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that must be an object; unset counts as empty. */
export function objectIn(parent: JsonObject, field: string): JsonObject | undefined {
  const value = parent[field];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw badRequest(`${field} must be an object`);
  return value;
}

/** A member that must be a string; unset counts as empty. */
export function textIn(parent: JsonObject, field: string): string {
  const value = parent[field];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw badRequest(`${field} must be a string`);
  return value;
}

/** A member that must be a list of strings; unset counts as empty. */
export function textsIn(parent: JsonObject, field: string): readonly string[] {
  const value = parent[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw badRequest(`${field} must be a list of strings`);
  }
  return value;
}

/** The spec of a review; unset counts as empty. */
export function specOf(body: KubeObject): JsonObject {
  return objectIn(body, 'spec') ?? {};
}

/** The body with its status filled in. */
export function answered(body: KubeObject, status: JsonObject): KubeObject {
  return { ...body, metadata: { ...body.metadata }, spec: body['spec'] ?? {}, status };
}
