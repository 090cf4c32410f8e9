/** The last warning that was told of a Pod: why it does not start, where its status does not say. */
import type { KubeObject } from '../api/object.ts';
import type { Pod } from '../api/pod.ts';
import { events } from '../api/resource.ts';
import type { Registry } from '../registry/registry.ts';

interface Told extends KubeObject {
  type?: string;
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
  involvedObject?: { uid?: string };
}

/** The newest warning about `pod`; undefined when there is none. */
export function lastWarning(registry: Pick<Registry, 'entries'>, { metadata }: Pod): string | undefined {
  let newest = { at: '', message: undefined as string | undefined };
  for (const entry of registry.entries(events, metadata.namespace)) {
    const { type, message, lastTimestamp, eventTime, involvedObject } = entry.glance<Told>();
    const at = lastTimestamp ?? eventTime ?? '';
    if (type === 'Warning' && involvedObject?.uid === metadata.uid && at >= newest.at) newest = { at, message };
  }
  return newest.message;
}
