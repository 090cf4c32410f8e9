/** Namespaces that take nothing new. */
import { namespaces } from '../../api/resource.ts';
import type { Registry } from '../../registry/registry.ts';

/**
 * True while a namespace is being deleted: what is missing in it cannot be made, and trying again is of no use. That can take long, as
 * controllers' objects stay until the last Pod has ended.
 */
export function isEnding(registry: Pick<Registry, 'get'>, namespace: string): boolean {
  return registry.get(namespaces, '', namespace)?.object().metadata.deletionTimestamp !== undefined;
}
