/** Events between core/v1, where they are stored, and events.k8s.io/v1. */
import type { KubeObject } from '../../api/object.ts';
import { renameFields } from './rename.ts';

/** Field of core/v1 → field of events.k8s.io/v1; the others have one name in both. */
const toNew: ReadonlyMap<string, string> = new Map([
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
]);

const toCore: ReadonlyMap<string, string> = new Map([...toNew].map(([core, other]) => [other, core]));

/** core/v1 → events.k8s.io/v1. An empty reportingComponent is not printed there. */
export function eventFromCore(object: KubeObject): KubeObject {
  const event = renameFields(object, toNew);
  for (const field of ['reportingController', 'reportingInstance']) if (event[field] === '') delete event[field];
  return event;
}

/** events.k8s.io/v1 → core/v1. */
export function eventToCore(object: KubeObject): KubeObject {
  return { reportingComponent: '', reportingInstance: '', ...renameFields(object, toCore) };
}
