/** Renaming the fields of an object, for versions that differ in names alone. */
import type { KubeObject } from '../../api/object.ts';

/** A shallow copy whose fields have their new names; fields that are not in `names` keep theirs. */
export function renameFields(object: KubeObject, names: ReadonlyMap<string, string>): KubeObject {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]),
  ) as unknown as KubeObject;
}
