/** Owners read out of an object's bytes: when a hub starts it looks at every object, and parsing them all takes seconds. */
import type { KubeObject, OwnerReference } from '../api/object.ts';
import type { Entry } from '../registry/registry.ts';

/** Inside strings the quotes are escaped, so this is never part of a text. */
const mark = Buffer.from('"ownerReferences":[');

/**
 * The owner references of an object. May be those of something nested in an object that has none itself: good enough
 * to decide whether a closer look is worth it.
 */
export function ownersIn(entry: Entry): readonly OwnerReference[] {
  const { bytes } = entry;
  const at = bytes.indexOf(mark);
  if (at < 0) return [];
  const start = at + mark.length - 1;
  const end = bytes.indexOf(93, start);
  if (bytes.indexOf(mark, start) < 0 && end >= 0) {
    try {
      return JSON.parse(bytes.toString('utf8', start, end + 1)) as OwnerReference[];
    } catch {
      // a bracket in a name: read the whole object
    }
  }
  return entry.object<KubeObject>().metadata.ownerReferences ?? [];
}
