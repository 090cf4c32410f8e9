/** The columns of `kubectl get` for a custom kind. */
import type { PrinterColumn } from '../../api/custom-resource.ts';
import { ageSince } from '../../api/duration.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TableCell, TableColumn } from '../../api/table.ts';
import { createdText, nameCell, nameText } from '../columns.ts';
import { type JsonPath, parseJsonPath, PathFault } from './json-path.ts';

/** Columns and the cells below them. */
export interface Printer {
  readonly columns: readonly TableColumn[];
  cells(object: KubeObject, now: number): TableCell[];
}

const nameColumn: TableColumn = { name: 'Name', type: 'string', format: 'name', description: nameText, priority: 0 };
const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: createdText,
  jsonPath: '.metadata.creationTimestamp',
};

function whole(value: unknown): TableCell {
  const number = typeof value === 'number' ? Math.trunc(value) : typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

function dateCell(value: unknown, now: number): TableCell {
  if (typeof value !== 'string') return null;
  return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageSince(value, now);
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function cell(type: string, values: readonly unknown[], now: number): TableCell {
  const [value] = values;
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return values.map(shown).join(' ');
    case 'integer':
      return whole(value);
    case 'number':
      return typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : value === 'true' ? true : value === 'false' ? false : null;
    case 'date':
      return dateCell(value, now);
    default:
      return null;
  }
}

function pathsOf(columns: readonly PrinterColumn[]): JsonPath[] | undefined {
  try {
    return columns.map(({ jsonPath }) => parseJsonPath(jsonPath));
  } catch (error) {
    if (error instanceof PathFault) return undefined;
    throw error;
  }
}

/** The printer of a version. API: without columns, or with a path that is none, there are name and age. */
export function printerOf(given: readonly PrinterColumn[] = []): Printer {
  const wanted = given.length === 0 || pathsOf(given) === undefined ? [ageColumn] : given;
  const paths = pathsOf(wanted) ?? [];
  const columns = wanted.map((column) => ({
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
  }));
  return {
    columns: [nameColumn, ...columns],
    cells: (object, now) => [
      nameCell(object),
      ...paths.map((path, index) => cell(wanted[index]?.type ?? '', path(object), now)),
    ],
  };
}
