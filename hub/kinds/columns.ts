/** The columns of `kubectl get` for every kind, and cells that many kinds print alike. */
import { ageSince } from '../api/duration.ts';
import type { KubeObject } from '../api/object.ts';
import type { PodTemplateSpec } from '../api/pod.ts';
import type { TableColumn } from '../api/table.ts';
import { readTable } from './data-file.ts';

/** What is said of the name of an object. */
export const nameText =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: http://kubernetes.io/docs/user-guide/identifiers#names';
/** What is said of the time an object was made. */
export const createdText =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** Descriptions that stand in many tables, by their mark in the data file. */
const marked: Readonly<Record<string, string>> = { $name: nameText, $created: createdText };

function load(): ReadonlyMap<string, readonly TableColumn[]> {
  const tables = new Map<string, TableColumn[]>();
  for (const [table = '', name = '', type = '', format = '', priority, text = ''] of readTable('columns.tsv', 6)) {
    const description = marked[text] ?? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t').replaceAll('\\\\', '\\');
    const column = { name, type, format, description, priority: Number(priority) };
    const columns = tables.get(table);
    if (columns === undefined) tables.set(table, [column]);
    else columns.push(column);
  }
  return tables;
}

const tables = load();

/** The columns of one table of the data file. A table that is not there is a programming error. */
export function columnsOf(table: string): readonly TableColumn[] {
  const columns = tables.get(table);
  if (columns === undefined) throw new Error(`no columns for ${table}`);
  return columns;
}

/** What stands in a cell when there is nothing to say. */
export const none = '<none>';

/** How long ago the object was made. */
export function ageCell(object: KubeObject, now: number): string {
  return ageSince(object.metadata.creationTimestamp, now);
}

/** The name of the object. */
export function nameCell(object: KubeObject): string {
  return object.metadata.name ?? '';
}

/** Names and images of a template's containers, for wide output. */
export function containerCells(template: PodTemplateSpec | undefined): [string, string] {
  const containers = template?.spec?.containers ?? [];
  return [containers.map((one) => one.name).join(','), containers.map((one) => one.image ?? '').join(',')];
}

/** At most `limit` of `count` things, and how many more there are. */
export function someOf(shown: readonly string[], count: number, limit: number, separator = ','): string {
  const text = shown.slice(0, limit).join(separator);
  return count > limit ? `${text} + ${count - limit} more...` : text;
}

/** Access modes of volumes in their short form, in the order kubectl knows. */
export function accessModesCell(modes: readonly string[] | undefined): string {
  const short = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
  return Object.entries(short)
    .filter(([mode]) => modes?.includes(mode))
    .map(([, text]) => text)
    .join(',');
}
