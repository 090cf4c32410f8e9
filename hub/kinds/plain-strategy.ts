/** What a kind does when it does nothing special; every kind starts from here and overrides what is its own. */
import type { FieldError } from '../api/field-error.ts';
import { isDns1123Subdomain, type NameRule } from '../api/names.ts';
import type { KubeObject } from '../api/object.ts';
import type { TableCell, TableColumn } from '../api/table.ts';
import { columnsOf, nameCell } from './columns.ts';
import type { PartStrategy, Strategy } from './kind.ts';
import type { Fields } from './sight.ts';

/** What is said of one kind; see Strategy for each member. Objects come decoded by their schema, so they are of type T. */
export interface KindFacts<T extends KubeObject = KubeObject> {
  setDefaults?: (object: T) => void;
  /** The status of a new object, for kinds whose status is always printed. Without it a new object has none. */
  newStatus?: () => unknown;
  /** Runs behind the resetting of status. */
  prepareCreate?: (object: T) => void;
  finishCreate?: (object: T) => void;
  /** Runs behind the keeping of the old status. */
  prepareUpdate?: (object: T, old: T) => void;
  prepareStatusUpdate?: (object: T, old: T) => void;
  beginDelete?: (object: T, now: string) => void;
  validateCreate?: (object: T) => FieldError[];
  /** Without it an update is checked like a create. */
  validateUpdate?: (object: T, old: T) => FieldError[];
  validateStatusUpdate?: (object: T, old: T) => FieldError[];
  parts?: ReadonlyMap<string, PartStrategy>;
  validateName?: NameRule;
  hasGeneration?: boolean;
  hasStatus?: boolean;
  createOnUpdate?: boolean;
  unconditionalUpdate?: boolean;
  selectable?: readonly string[];
  selectableFields?: (object: T) => Record<string, string>;
  gracePeriod?: (object: T) => number;
  warnings?: (object: T, old: T | undefined) => string[];
  columns?: readonly TableColumn[];
  cells?: (object: T, now: number) => TableCell[];
  cellSight?: Fields;
}

const nothing = (): void => {};
const noErrors = (): FieldError[] => [];
const noWarnings = (): string[] => [];
const noFields: Record<string, string> = {};
const plainColumns = columnsOf('plain');

function putStatus(object: KubeObject, status: unknown): void {
  if (status === undefined) delete object.status;
  else object.status = status;
}

/** A strategy out of a kind's own facts. Kinds with a status start without one and keep it through updates of the rest. */
export function plainStrategy<T extends KubeObject = KubeObject>(facts: KindFacts<T> = {}): Strategy {
  const { newStatus, prepareCreate = nothing, prepareUpdate = nothing, ...rest } = facts as unknown as KindFacts;
  const hasStatus = rest.hasStatus ?? false;
  const create = (object: KubeObject): void => {
    putStatus(object, newStatus?.());
    prepareCreate(object);
  };
  const update = (object: KubeObject, old: KubeObject): void => {
    putStatus(object, old.status);
    prepareUpdate(object, old);
  };
  return {
    setDefaults: nothing,
    prepareCreate: hasStatus ? create : prepareCreate,
    prepareUpdate: hasStatus ? update : prepareUpdate,
    prepareStatusUpdate: keepAllButStatus,
    validateCreate: noErrors,
    validateUpdate: rest.validateCreate ?? noErrors,
    validateStatusUpdate: noErrors,
    validateName: isDns1123Subdomain,
    hasGeneration: false,
    hasStatus,
    createOnUpdate: false,
    unconditionalUpdate: true,
    selectableFields: () => noFields,
    selectable: [],
    warnings: noWarnings,
    columns: plainColumns,
    generalTable: rest.columns === undefined,
    cells: (object) => [nameCell(object), object.metadata.creationTimestamp ?? null],
    ...rest,
  };
}

/** Everything but status stays as it was; of metadata, what a writer of status may not change. */
export function keepAllButStatus(object: KubeObject, old: KubeObject): void {
  for (const field of Object.keys(object)) if (field !== 'status' && !(field in old)) delete object[field];
  for (const field of Object.keys(old)) {
    if (field !== 'status' && field !== 'metadata') object[field] = old[field];
  }
}

const keptMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

/** As `keepAllButStatus`, and metadata stays too: the rule of kinds that came late. */
export function keepMetadata(object: KubeObject, old: KubeObject): void {
  keepAllButStatus(object, old);
  const kept = Object.fromEntries(
    keptMetadata.filter((field) => field in old.metadata).map((field) => [field, old.metadata[field]]),
  );
  for (const field of keptMetadata) delete object.metadata[field];
  Object.assign(object.metadata, kept);
}
