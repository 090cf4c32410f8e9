/** The Event: what happened to an object, in its two forms (core/v1 and events.k8s.io/v1). */
import type { Event } from '../../api/config.ts';
import { ageSince } from '../../api/duration.ts';
import { isPathSegment } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import type { NewEvent } from './new-event.ts';
import { validateCoreEvent, validateNewEvent, validateNewEventUpdate } from './validate-event.ts';

function toCore(event: NewEvent): Event {
  const core: Event = {
    apiVersion: event.apiVersion,
    kind: event.kind,
    metadata: event.metadata,
    involvedObject: event.regarding ?? {},
  };
  return Object.assign(core, {
    message: event.note,
    reason: event.reason,
    type: event.type,
    count: event.deprecatedCount,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    eventTime: event.eventTime,
    series: event.series,
    reportingComponent: event.reportingController,
    reportingInstance: event.reportingInstance,
  });
}

function sourceCell(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  return instance === '' ? component : `${component}, ${instance}`;
}

function cells(event: Event, now: number): TableCell[] {
  const first = ageSince(event.firstTimestamp || event.eventTime, now);
  const last = event.series
    ? ageSince(event.series.lastObservedTime, now)
    : event.lastTimestamp
      ? ageSince(event.lastTimestamp, now)
      : first;
  const { kind = '', name, fieldPath = '' } = event.involvedObject ?? {};
  return [
    last,
    event.type ?? '',
    event.reason ?? '',
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    sourceCell(event),
    (event.message ?? '').trim(),
    first,
    event.series ? (event.series.count ?? 0) : event.count || 1,
    nameCell(event),
  ];
}

const parts = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

function fieldsOf(event: Event, prefix: string): Record<string, string> {
  const fields: Record<string, string> = {
    reason: event.reason ?? '',
    type: event.type ?? '',
    reportingComponent: event.reportingComponent || event.source?.component || '',
  };
  for (const part of parts) fields[`${prefix}.${part}`] = event.involvedObject?.[part] ?? '';
  return fields;
}

const coreFields = (event: Event): Record<string, string> => ({
  ...fieldsOf(event, 'involvedObject'),
  source: event.source?.component || event.reportingComponent || '',
});

const newFields = (event: NewEvent): Record<string, string> => {
  const { reportingComponent, ...fields } = fieldsOf(toCore(event), 'regarding');
  return { ...fields, reportingController: reportingComponent ?? '' };
};

const shared = { createOnUpdate: true, columns: columnsOf('event') };

/** The strategy of Events in the core group. */
export const eventStrategy: Strategy = plainStrategy<Event>({
  ...shared,
  // API: of the name nothing is asked but that it can stand in a path
  validateName: isPathSegment,
  validateCreate: validateCoreEvent,
  selectable: Object.keys(coreFields({ apiVersion: '', kind: '', metadata: {}, involvedObject: {} })),
  selectableFields: coreFields,
  cells,
});

/** The strategy of Events in events.k8s.io. */
export const newEventStrategy: Strategy = plainStrategy<NewEvent>({
  ...shared,
  validateCreate: validateNewEvent,
  validateUpdate: validateNewEventUpdate,
  selectable: Object.keys(newFields({ apiVersion: '', kind: '', metadata: {} })),
  selectableFields: newFields,
  cells: (event, now) => cells(toCore(event), now),
});
