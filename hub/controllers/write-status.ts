/** Writes what a controller found as the status of an object, unless it says so already. */
import { isNotFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { ResourceRef } from '../api/resource.ts';
import { sameJson } from '../api/same-json.ts';
import type { Registry, WriteOptions } from '../registry/registry.ts';

/** Whose status it is: another object that has its name by now keeps its own. */
export interface StatusOwner {
  readonly ref: ResourceRef;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * Writes it; an object that is gone needs none. Rejects with what the registry refuses, a conflict too: whoever goes on as if
 * it were written would lose what it says.
 */
export async function writeStatus(
  registry: Pick<Registry, 'get' | 'modify'>,
  { ref, namespace, name, uid }: StatusOwner,
  status: object,
  writer: WriteOptions,
): Promise<void> {
  const current = registry.get(ref, namespace, name);
  if (current === undefined || current.uid !== uid || sameJson(status, current.object().status ?? {})) return;
  const put = (now: KubeObject): void => {
    if (now.metadata.uid === uid) now.status = status;
  };
  try {
    await registry.modify(ref, namespace, name, put, { ...writer, subresource: 'status' });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
