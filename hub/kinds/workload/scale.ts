/** The Scale of a workload as a row of a table. */
import type { KubeObject } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';

interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number };
}

/** The columns of a Scale, and their cells. */
export const scaleTable = {
  columns: columnsOf('scale'),
  generalTable: false,
  cells: (scale: KubeObject, now: number): TableCell[] => {
    const { spec, status } = scale as Scale;
    return [nameCell(scale), spec.replicas ?? 0, status.replicas, ageCell(scale, now)];
  },
};
