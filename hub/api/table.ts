/** meta.k8s.io/v1 Table: what the server prints for `kubectl get`. */
import type { KubeObject } from './object.ts';

/** One column. `priority` 0 always shows, 1 only with `-o wide`. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** One cell. */
export type TableCell = string | number | boolean | null;

/** One row: its cells, and the object it stands for. */
export interface TableRow {
  cells: TableCell[];
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  object?: KubeObject | unknown;
}

/** The whole table. */
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: readonly TableColumn[];
  rows: TableRow[];
}
