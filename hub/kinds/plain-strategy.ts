/** What a kind does when it does nothing special; every kind starts from here and overrides what is its own. */
import type { FieldError } from '../api/field-error.ts';
import { isDns1123Subdomain } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import { ageCell, ageColumn, nameColumn } from './columns.ts';
import type { Strategy } from './kind.ts';

const nothing = (): void => {};
const noErrors = (): FieldError[] => [];
const noWarnings = (): string[] => [];
const noFields: Record<string, string> = {};

/** What may be said of a kind: everything of a strategy, and how its status looks before anyone wrote it. */
export type KindFacts = Partial<Strategy> & {
  /** The status of a new object, for kinds whose status is always printed. Without it a new object has none. */
  newStatus?: () => unknown;
};

function putStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete object.status;
  else object.status = status;
}

/** A strategy out of a kind's own facts. Kinds with a status start without one and keep it through updates of the rest. */
export function plainStrategy(facts: KindFacts = {}): Strategy {
  const { newStatus, ...overrides } = facts;
  const hasStatus = facts.hasStatus ?? false;
  return {
    setDefaults: nothing,
    prepareCreate: hasStatus ? (object) => putStatus(object, newStatus?.()) : nothing,
    prepareUpdate: hasStatus ? (object, old) => putStatus(object, old.status) : nothing,
    prepareStatusUpdate: keepAllButStatus,
    validateCreate: noErrors,
    validateUpdate: facts.validateCreate ?? noErrors,
    validateStatusUpdate: noErrors,
    validateName: isDns1123Subdomain,
    hasGeneration: false,
    hasStatus,
    createOnUpdate: false,
    unconditionalUpdate: true,
    selectableFields: () => noFields,
    selectable: [],
    warnings: noWarnings,
    columns: [nameColumn, ageColumn],
    cells: (object, now) => [object.metadata.name ?? '', ageCell(object, now)],
    ...overrides,
  };
}

/** Everything but status (and the bookkeeping of metadata the registry does) stays as it was. */
export function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  for (const field of Object.keys(object)) if (field !== 'status' && !(field in old)) delete object[field];
  for (const field of Object.keys(old)) {
    if (field !== 'status' && field !== 'metadata') object[field] = old[field];
  }
  const { labels, annotations, finalizers, ownerReferences } = old.metadata;
  const kept = { labels, annotations, finalizers, ownerReferences };
  for (const [field, value] of Object.entries(kept)) {
    const metadata = object.metadata as Record<string, unknown>;
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
}
