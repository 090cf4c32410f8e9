/** Columns and cells that many kinds print alike. */
import { ageSince } from '../api/duration.ts';
import type { KubeObject } from '../api/object.ts';
import type { TableColumn } from '../api/table.ts';

/** The column of metadata.name. */
export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/identifiers#names',
  priority: 0,
};

/** The column of metadata.creationTimestamp, printed as an age. */
export const ageColumn: TableColumn = {
  name: 'Age',
  type: 'string',
  format: '',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  priority: 0,
};

/** A column of text; `wide` columns show with `-o wide` only. */
export function column(
  name: string,
  description: string,
  options: { type?: string; wide?: boolean } = {},
): TableColumn {
  return { name, type: options.type ?? 'string', format: '', description, priority: options.wide === true ? 1 : 0 };
}

/** How long ago the object was made. */
export function ageCell(object: KubeObject, now: number): string {
  return ageSince(object.metadata.creationTimestamp, now);
}
