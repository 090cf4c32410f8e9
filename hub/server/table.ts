/** Tables: what the server prints for `kubectl get`. API: meta.k8s.io Table. */
import { badRequest } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import type { ResourceInfo, Strategy } from '../kinds/kind.ts';
import type { Entry } from '../registry/registry.ts';
import type { Call } from './call.ts';
import type { Encoder } from './encode.ts';
import { partialBytes, partialText } from './partial.ts';

const closed = Buffer.from('}');

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

/** JSON of one row. `now` is Unix milliseconds. */
export function rowText(
  info: Tabled,
  object: KubeObject,
  row: { include: Include; version: string; now: number },
): string {
  const cells = JSON.stringify(info.strategy.cells(object, row.now));
  return `{"cells":${cells},"object":${rowObject(object, row)}}`;
}

/** The same of an object that is stored, for lists: nothing is parsed or written that need not be. */
export function rowBytes(
  info: ResourceInfo,
  encoder: Encoder,
  entry: Entry,
  row: { include: Include; version: string; now: number },
): Buffer {
  if (row.include === 'Object') return Buffer.from(rowText(info, encoder.glance(info, entry), row));
  const { object, metadata } = encoder.sketch(info, entry);
  const cells = JSON.stringify(info.strategy.cells(object, row.now));
  if (row.include === 'None') return Buffer.from(`{"cells":${cells},"object":null}`);
  return Buffer.concat([Buffer.from(`{"cells":${cells},"object":`), partialBytes(metadata, row.version), closed]);
}

function rowObject(object: KubeObject, row: { include: Include; version: string }): string {
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
