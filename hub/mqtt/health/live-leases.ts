/** Leases of connected nodes as readers see them: renewed now, without a write. */
import { nodeLeaseNamespace } from '../../api/lease.ts';
import { type KubeObject, microTimestamp } from '../../api/object.ts';
import { leases } from '../../api/resource.ts';
import type { Entry, Registry } from '../../registry/registry.ts';

const marker = '"renewTime":"';

/**
 * The registry, but reading a node's Lease answers the time its link was last known to stand. `renewTime`: Unix
 * milliseconds, undefined for nodes without a link, whose Leases are as they were written. Watches see writes only.
 */
export function withLiveLeases(registry: Registry, renewTime: (node: string) => number | undefined): Registry {
  const live = (entry: Entry): Entry => {
    if (entry.namespace !== nodeLeaseNamespace) return entry;
    const time = renewTime(entry.name);
    return time === undefined ? entry : renewed(entry, microTimestamp(time));
  };
  return {
    ...registry,
    get(ref, namespace, name) {
      const entry = registry.get(ref, namespace, name);
      return entry === undefined || ref.resource !== leases.resource ? entry : live(entry);
    },
    list(ref, options) {
      const result = registry.list(ref, options);
      return ref.resource === leases.resource ? { ...result, entries: result.entries.map(live) } : result;
    },
  };
}

/** In the bytes: times are of one width, and quotes within strings are escaped, so the marker is the field. */
function renewed(entry: Entry, time: string): Entry {
  const at = entry.bytes.indexOf(marker) + marker.length;
  if (at < marker.length || entry.bytes[at + time.length] !== 0x22) return entry;
  const bytes = Buffer.from(entry.bytes);
  bytes.write(time, at, 'latin1');
  const { info, namespace, name, uid, revision, labels, owners, pod, node } = entry;
  const object = <T = KubeObject>(): T => JSON.parse(bytes.toString()) as T;
  return { info, namespace, name, uid, revision, labels, owners, pod, node, bytes, object, glance: object };
}
