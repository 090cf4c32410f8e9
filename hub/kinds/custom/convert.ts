/** Custom objects between their versions where only apiVersion differs, and what the schema makes of what was stored. */
import type { KubeObject } from '../../api/object.ts';
import { apiVersionOf, parseApiVersion } from '../../api/resource.ts';
import type { Catalogue, Convert, ResourceInfo } from '../kind.ts';
import { fillDefaults } from './default.ts';

/** How objects of one row come from and go to their storage form; undefined where nothing is to be done. */
export interface Conversions {
  readonly from: Convert | undefined;
  readonly to: Convert | undefined;
}

const untouched = (): readonly string[] => [];

/** The row of the version an object says it is of. */
function rowOf(catalogue: Catalogue, info: ResourceInfo, object: KubeObject): ResourceInfo | undefined {
  const { version } = parseApiVersion(object.apiVersion);
  return version === info.version ? info : catalogue.locate(info.group, version, info.resource);
}

/** What was stored, as its own version reads it today: pruned, and with defaults that came later. A copy. */
function asStored(catalogue: Catalogue, info: ResourceInfo, object: KubeObject): KubeObject {
  const copy = structuredClone(object);
  const own = rowOf(catalogue, info, object);
  if (own?.custom === undefined) return copy;
  own.custom.conform(copy, untouched);
  fillDefaults(copy, own.custom.schema);
  return copy;
}

/** Makes a private object one of `info`: its version, and nothing its schema does not know. */
export function asVersion(info: ResourceInfo, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(info);
  if (object.apiVersion === apiVersion) return object;
  object.apiVersion = apiVersion;
  info.custom?.conform(object, untouched);
  return object;
}

/** The conversions of a custom row. Those of a webhook are asked elsewhere: these leave the version as it is. */
export function customConversions(catalogue: Catalogue, info: ResourceInfo): Conversions {
  const stored = catalogue.locate(info.storage.group, info.storage.version, info.storage.resource) ?? info;
  if (info.custom?.webhook !== undefined) {
    return { from: (object) => asStored(catalogue, info, object), to: undefined };
  }
  return {
    from: (object) => asVersion(info, asStored(catalogue, info, object)),
    to: stored === info ? undefined : (object) => asVersion(stored, structuredClone(object)),
  };
}
