/** What is wrong with an Event. API: Events with an eventTime are held to the newer, stricter form. */
import type { Event } from '../../api/config.ts';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { labelKeyErrors } from '../../api/label.ts';
import { sameJson } from '../../api/same-json.ts';
import type { NewEvent } from './new-event.ts';

const noteLimit = 1024;
const wordLimit = 128;

/** What both forms of an Event have, in the words of the newer one; faults are named by the fields of the older. */
interface Strict {
  namespace: string;
  involved: string | undefined;
  eventTime: string | null | undefined;
  controller: string;
  instance: string;
  action: string;
  reason: string;
  type: string;
  note: string;
}

function strict(event: Strict): FieldError[] {
  const errors: FieldError[] = [];
  const scope = event.involved ?? '';
  if (scope === '' ? event.namespace !== 'default' && event.namespace !== 'kube-system' : scope !== event.namespace) {
    errors.push(invalid('involvedObject.namespace', scope, 'does not match event.namespace'));
  }
  if (!event.eventTime) errors.push(required('eventTime'));
  const limited: [string, string][] = [
    ['reportingController', event.controller],
    ['reportingInstance', event.instance],
    ['action', event.action],
    ['reason', event.reason],
  ];
  for (const [field, value] of limited) {
    if (value === '') errors.push(required(field));
    else if (field === 'reportingController') {
      for (const problem of labelKeyErrors(value)) errors.push(invalid(field, value, problem));
    } else if (value.length > wordLimit) errors.push(invalid(field, '', `can have at most ${wordLimit} characters`));
  }
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalid('type', '', `has invalid value: ${event.type}`));
  }
  if (Buffer.byteLength(event.note) > noteLimit) {
    errors.push(invalid('message', '', `can have at most ${noteLimit} characters`));
  }
  return errors;
}

function ofCore(event: Event): Strict {
  return {
    namespace: event.metadata.namespace ?? '',
    involved: event.involvedObject?.namespace,
    eventTime: event.eventTime,
    controller: event.reportingComponent ?? '',
    instance: event.reportingInstance ?? '',
    action: event.action ?? '',
    reason: event.reason ?? '',
    type: event.type ?? '',
    note: event.message ?? '',
  };
}

function ofNew(event: NewEvent): Strict {
  return {
    namespace: event.metadata.namespace ?? '',
    involved: event.regarding?.namespace,
    eventTime: event.eventTime,
    controller: event.reportingController ?? '',
    instance: event.reportingInstance ?? '',
    action: event.action ?? '',
    reason: event.reason ?? '',
    type: event.type ?? '',
    note: event.note ?? '',
  };
}

/** An Event of the core group; old clients leave most fields out. */
export function validateCoreEvent(event: Event): FieldError[] {
  if (event.eventTime) return strict(ofCore(event));
  const { namespace = '' } = event.metadata;
  const involved = event.involvedObject?.namespace ?? '';
  const matches = involved === '' ? namespace === 'default' || namespace === 'kube-system' : involved === namespace;
  return matches ? [] : [invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
}

/** An Event of events.k8s.io. */
export function validateNewEvent(event: NewEvent): FieldError[] {
  return strict(ofNew(event));
}

/** Events of the old form may change; those of the new form only count. */
export function validateCoreEventUpdate(event: Event): FieldError[] {
  return validateCoreEvent(event);
}

const fixed = [
  'regarding',
  'related',
  'reportingController',
  'reportingInstance',
  'action',
  'reason',
  'type',
  'note',
] as const;

/** An Event of events.k8s.io tells what happened once: only its series goes on. */
export function validateNewEventUpdate(event: NewEvent, old: NewEvent): FieldError[] {
  const errors = validateNewEvent(event);
  for (const field of fixed) {
    if (!sameJson(event[field], old[field])) errors.push(invalid(field, event[field], 'field is immutable'));
  }
  if (event.eventTime !== old.eventTime) errors.push(invalid('eventTime', event.eventTime, 'field is immutable'));
  return errors;
}
