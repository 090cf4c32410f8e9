/** Subresources in the object's own form that write one part of it: everything else stays as it was. */
import type { KubeObject } from '../../api/object.ts';

type Fields = Record<string, unknown>;
type Put = (target: KubeObject, written: KubeObject) => void;

/** Copies `field` of one part of the object. */
const field =
  (part: 'spec' | 'status', name: string): Put =>
  (target, written) => {
    const value = (written[part] as Fields | undefined)?.[name];
    const kept = { ...(target[part] as Fields | undefined) };
    if (value === undefined) delete kept[name];
    else kept[name] = value;
    target[part] = kept;
  };

/** API: these writers may change labels, annotations and the like as well. */
const andMetadata =
  (put: Put): Put =>
  (target, written) => {
    put(target, written);
    target.metadata = written.metadata;
  };

/** What each of them writes. */
const parts: ReadonlyMap<string, Put> = new Map([
  ['finalize', andMetadata(field('spec', 'finalizers'))],
  ['approval', andMetadata(field('status', 'conditions'))],
]);

/** True when a write through `subresource` keeps all but one part of the object. */
export function writesPart(subresource: string | undefined): subresource is string {
  return subresource !== undefined && parts.has(subresource);
}

/** `object` with the part that `subresource` writes taken from `written`, whose preconditions count. Changes `object`. */
export function withPart(subresource: string, object: KubeObject, written: KubeObject): KubeObject {
  parts.get(subresource)?.(object, written);
  const { resourceVersion, uid } = written.metadata;
  if (resourceVersion) object.metadata.resourceVersion = resourceVersion;
  if (uid) object.metadata.uid = uid;
  return object;
}
