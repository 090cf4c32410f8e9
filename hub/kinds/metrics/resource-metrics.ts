/** NodeMetrics and PodMetrics: measured, never written, so all there is to say is how they are printed. */
import { addQuantities } from '../../api/exact-quantity.ts';
import type { NodeMetrics, PodMetrics } from '../../api/resource-metrics.ts';
import type { TableCell } from '../../api/table.ts';
import { columnsOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

type Usage = Readonly<Record<string, string>>;

function cells(name: string | undefined, usage: Usage, window: string): TableCell[] {
  return [name ?? '', usage['cpu'] ?? '0', usage['memory'] ?? '0', window];
}

function together({ containers }: PodMetrics): Usage {
  const sum = (name: string): string =>
    containers.reduce((total, { usage }) => addQuantities(total, usage[name] ?? '0'), '0');
  return { cpu: sum('cpu'), memory: sum('memory') };
}

/** The strategy of NodeMetrics. */
export const nodeMetricsStrategy: Strategy = plainStrategy<NodeMetrics>({
  columns: columnsOf('metrics'),
  cells: ({ metadata, usage, window }) => cells(metadata.name, usage, window),
});

/** The strategy of PodMetrics. */
export const podMetricsStrategy: Strategy = plainStrategy<PodMetrics>({
  columns: columnsOf('metrics'),
  cells: (pod) => cells(pod.metadata.name, together(pod), pod.window),
});
