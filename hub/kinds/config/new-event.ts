/** The events.k8s.io/v1 form of an Event, as it is written on the wire. */
import type { KubeObject, ObjectReference } from '../../api/object.ts';

/** The events.k8s.io/v1 form. */
export interface NewEvent extends KubeObject {
  action?: string;
  deprecatedCount?: number;
  deprecatedFirstTimestamp?: string | null;
  deprecatedLastTimestamp?: string | null;
  deprecatedSource?: { component?: string; host?: string };
  eventTime?: string;
  note?: string;
  reason?: string;
  regarding?: ObjectReference;
  related?: ObjectReference;
  reportingController?: string;
  reportingInstance?: string;
  series?: { count?: number; lastObservedTime?: string };
  type?: string;
}
