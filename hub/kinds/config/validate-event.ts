/** What is wrong with an Event. API: Events with an eventTime are held to the newer form, those of events.k8s.io to all of it. */
import type { Event } from '../../api/config.ts';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import type { ObjectReference } from '../../api/object.ts';
import { immutableText, sameValue } from '../field-checks.ts';
import type { NewEvent } from './new-event.ts';

const noteLimit = 1024;
const wordLimit = 128;

function mismatch(involved: string): FieldError {
  return invalid('involvedObject.namespace', involved, 'does not match event.namespace');
}

function limited(value: string, field: string, limit: number, errors: FieldError[]): void {
  if (Buffer.byteLength(value) > limit) errors.push(invalid(field, '', `can have at most ${limit} characters`));
}

/** The rules for both forms. `controllerField`: how the form calls its controller. */
function validateBoth(event: Event, controllerField: string): FieldError[] {
  const errors: FieldError[] = [];
  const { namespace = '' } = event.metadata;
  const involved = event.involvedObject?.namespace ?? '';
  if (!event.eventTime) {
    if (involved === '' ? namespace !== 'default' : namespace !== involved) errors.push(mismatch(involved));
    return errors;
  }
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(mismatch(involved));
  const controller = event.reportingComponent ?? '';
  if (controller === '') errors.push(required(controllerField));
  for (const problem of labelKeyErrors(controller)) errors.push(invalid(controllerField, controller, problem));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const value = event[field] ?? '';
    if (value === '') errors.push(required(field));
    limited(value, field, wordLimit, errors);
  }
  limited(event.message ?? '', 'message', noteLimit, errors);
  return errors;
}

/** An Event of events.k8s.io by the names of the core group, in which its faults are told. */
function ofNew(event: NewEvent): Event {
  const { regarding, reportingController, note, deprecatedCount, deprecatedSource, ...others } = event;
  const { deprecatedFirstTimestamp, deprecatedLastTimestamp, ...same } = others;
  return {
    ...same,
    involvedObject: regarding ?? {},
    reportingComponent: reportingController,
    message: note,
    count: deprecatedCount,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
  } as Event;
}

/** An Event of the core group; old clients leave most fields out. */
export function validateCoreEvent(event: Event): FieldError[] {
  return validateBoth(event, 'reportingComponent');
}

function validateSeries({ series }: Event, errors: FieldError[]): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.push(invalid('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
}

/** A new Event of events.k8s.io. */
export function validateNewEvent(newEvent: NewEvent): FieldError[] {
  const event = ofNew(newEvent);
  const errors = validateBoth(event, 'reportingController');
  validateSeries(event, errors);
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalid('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  const { component, host } = event.source ?? {};
  const unset: readonly [string, unknown][] = [
    ['firstTimestamp', event.firstTimestamp],
    ['lastTimestamp', event.lastTimestamp],
    ['count', event.count],
    ['source', component || host],
  ];
  for (const [field, value] of unset) if (value) errors.push(invalid(field, '', 'needs to be unset'));
  return errors;
}

/** API: references are shown by the names of their fields in Go. */
function shownReference(reference: ObjectReference | undefined): unknown {
  if (!reference) return null;
  const { kind = '', namespace = '', name = '', uid = '', apiVersion = '' } = reference;
  const { resourceVersion = '', fieldPath = '' } = reference;
  return {
    Kind: kind,
    Namespace: namespace,
    Name: name,
    UID: uid,
    APIVersion: apiVersion,
    ResourceVersion: resourceVersion,
    FieldPath: fieldPath,
  };
}

function shownSource({ component = '', host = '' }: NonNullable<Event['source']>): unknown {
  return { Component: component, Host: host };
}

/** Down to microseconds. */
const moment = (time: string | null | undefined): string => (time ?? '').replace(/(\.\d{6})\d*/, '$1');

/** An Event of events.k8s.io tells what happened once: only its series goes on. */
export function validateNewEventUpdate(newEvent: NewEvent, oldEvent: NewEvent): FieldError[] {
  const event = ofNew(newEvent);
  const old = ofNew(oldEvent);
  const errors = validateBoth(event, 'reportingController');
  if (!sameValue(event.series, old.series)) validateSeries(event, errors);
  const keep = (field: string, value: unknown, before: unknown, shown = value): void => {
    if (!sameValue(value, before)) errors.push(invalid(field, shown, immutableText));
  };
  const keepText = (field: 'reason' | 'message' | 'type' | 'action' | 'reportingInstance'): void =>
    keep(field, event[field] ?? '', old[field] ?? '');
  keep('involvedObject', event.involvedObject, old.involvedObject, shownReference(event.involvedObject));
  keepText('reason');
  keepText('message');
  keep('source', event.source ?? {}, old.source ?? {}, shownSource(event.source ?? {}));
  keep('firstTimestamp', event.firstTimestamp ?? null, old.firstTimestamp ?? null);
  keep('lastTimestamp', event.lastTimestamp ?? null, old.lastTimestamp ?? null);
  keep('count', event.count ?? 0, old.count ?? 0);
  keepText('reason');
  keepText('type');
  keep('eventTime', moment(event.eventTime), moment(old.eventTime), event.eventTime ?? null);
  keepText('action');
  keep('related', event.related ?? null, old.related ?? null, shownReference(event.related));
  keep('reportingController', event.reportingComponent ?? '', old.reportingComponent ?? '');
  keepText('reportingInstance');
  return errors;
}
