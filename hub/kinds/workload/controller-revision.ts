/** The ControllerRevision: one past state of a DaemonSet or StatefulSet. It never changes. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { controllerOf } from '../../api/object.ts';
import { parseApiVersion } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { TableCell } from '../../api/table.ts';
import type { ControllerRevision } from '../../api/workload.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { immutableText, nonNegative } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

function validateCreate(revision: ControllerRevision): FieldError[] {
  const errors: FieldError[] = [];
  nonNegative(revision.revision, 'revision', errors);
  const { data } = revision;
  if (data === undefined || data === null) errors.push(required('data', 'data is mandatory'));
  else if (typeof data !== 'object' || Array.isArray(data)) {
    errors.push(required('data', 'data must be a valid JSON object'));
  }
  return errors;
}

function validateUpdate(revision: ControllerRevision, old: ControllerRevision): FieldError[] {
  const errors: FieldError[] = [];
  nonNegative(revision.revision, 'revision', errors);
  if (!sameJson(revision.data, old.data)) errors.push(invalid('data', revision.data, immutableText));
  return errors;
}

function controllerCell(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (owner === undefined) return none;
  const { group } = parseApiVersion(owner.apiVersion);
  return `${owner.kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${owner.name}`;
}

function cells(revision: ControllerRevision, now: number): TableCell[] {
  return [nameCell(revision), controllerCell(revision), revision.revision ?? 0, ageCell(revision, now)];
}

/** The strategy of ControllerRevisions. */
export const controllerRevisionStrategy: Strategy = plainStrategy<ControllerRevision>({
  validateCreate,
  validateUpdate,
  columns: columnsOf('controllerRevision'),
  cells,
});
