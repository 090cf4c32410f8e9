/** The ComponentStatus, deprecated: how a part of the control plane was doing. None exists here, but its table does. */
import type { JsonObject, KubeObject } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

/** The API words of a Healthy condition's status. */
const shown: Readonly<Record<string, string>> = { True: 'Healthy', False: 'Unhealthy' };

function cells(component: KubeObject & { conditions?: JsonObject[] }): TableCell[] {
  const healthy = component.conditions?.find((condition) => condition['type'] === 'Healthy');
  const text = (field: string): string => String(healthy?.[field] ?? '');
  return [nameCell(component), shown[text('status')] ?? 'Unknown', text('message'), text('error')];
}

/** The strategy of ComponentStatuses. */
export const componentStatusStrategy: Strategy = plainStrategy({ columns: columnsOf('componentStatus'), cells });
