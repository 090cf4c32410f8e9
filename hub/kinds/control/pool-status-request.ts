/** The ResourcePoolStatusRequest: a question about the devices of a driver, whose status is the answer. */
import { ageSince } from '../../api/duration.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TableCell } from '../../api/table.ts';
import { columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

interface Pool {
  totalDevices?: number;
  availableDevices?: number;
  allocatedDevices?: number;
  unavailableDevices?: number;
  validationError?: string;
}

interface PoolStatusRequest extends KubeObject {
  spec?: { driver?: string };
  status?: {
    poolCount?: number;
    pools?: Pool[];
    conditions?: { type: string; status: string; lastTransitionTime?: string }[];
  };
}

function cells(request: PoolStatusRequest, now: number): TableCell[] {
  const { pools = [], poolCount = 0, conditions = [] } = request.status ?? {};
  const sum = (count: (pool: Pool) => number | undefined): string =>
    String(pools.reduce((total, pool) => total + (count(pool) ?? 0), 0));
  const done = conditions.find((condition) => condition.status === 'True');
  return [
    nameCell(request),
    request.spec?.driver ?? '',
    sum((pool) => pool.totalDevices),
    sum((pool) => pool.availableDevices),
    sum((pool) => pool.allocatedDevices),
    sum((pool) => pool.unavailableDevices),
    sum((pool) => (pool.validationError ? 1 : 0)),
    poolCount,
    done?.type ?? 'Pending',
    done === undefined ? '<none>' : ageSince(done.lastTransitionTime, now),
  ];
}

/** The strategy of ResourcePoolStatusRequests. */
export const poolStatusRequestStrategy: Strategy = plainStrategy<PoolStatusRequest>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({}),
  columns: columnsOf('resourcePoolStatusRequest'),
  cells,
});
