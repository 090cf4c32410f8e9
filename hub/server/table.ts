/** Tables: what the server prints for `kubectl get`. API: meta.k8s.io Table. */
import { badRequest } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { Strategy } from '../kinds/kind.ts';
import type { Call } from './call.ts';
import { partialText } from './partial.ts';

/** What has rows in tables: a kind, or the scale of one. */
export interface Tabled {
  readonly strategy: Pick<Strategy, 'columns' | 'cells' | 'generalTable'>;
}

/** How much of each object goes with its row. API: includeObject. */
export type Include = 'None' | 'Metadata' | 'Object';

/** What a table request asks for. Throws BadRequest for an unknown includeObject. */
export function includeOf(call: Call): Include {
  const value = call.query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** How rows are written: what goes with them, the version of meta.k8s.io, and what time it is, in Unix milliseconds. */
export interface Row {
  readonly include: Include;
  readonly version: string;
  readonly now: number;
}

/** JSON of one row. */
export function rowText(info: Tabled, object: KubeObject, row: Row): string {
  const cells = JSON.stringify(info.strategy.cells(object, row.now));
  return `{"cells":${cells},"object":${rowObject(object, row)}}`;
}

function rowObject(object: KubeObject, row: Row): string {
  if (row.include === 'None') return 'null';
  return row.include === 'Object' ? JSON.stringify(object) : partialText(object, row.version);
}

/** How a table begins; rows follow, then `tableTail`. `columns` false writes none, as later events of a watch do. */
export function tableHead(info: Tabled, version: string, metadata: object, columns = true): string {
  const definitions = columns ? JSON.stringify(info.strategy.columns) : 'null';
  return `{"kind":"Table","apiVersion":"meta.k8s.io/${version}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${definitions},"rows":[`;
}

/** How a table ends. */
export const tableTail = ']}';

/** How a list of rows begins and ends. API: general tables have null for no rows, those of their kind an empty list. */
export function tableFrame(
  info: Tabled,
  version: string,
  metadata: object,
  count: number,
): { head: string; tail: string } {
  const head = tableHead(info, version, metadata);
  if (count > 0 || !info.strategy.generalTable) return { head, tail: tableTail };
  return { head: `${head.slice(0, -1)}null`, tail: '}' };
}
