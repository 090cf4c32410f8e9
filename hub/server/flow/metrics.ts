/** Priority and fairness in numbers, under the names kube-apiserver gives them. */
import { type Exposition, Histogram, type Labels } from '../../base/metrics.ts';
import type { FlowControl } from './flow-control.ts';
import type { Flow } from './flow.ts';
import type { Level } from './level.ts';

const prefix = 'apiserver_flowcontrol_';

function labelsOf(flow: Flow): Labels {
  return { flow_schema: flow.name, priority_level: flow.level.name };
}

/** Those that began at once waited for nothing. */
function waits({ figures }: Flow): Histogram {
  const all = new Histogram(figures.begunAfter.bounds);
  all.add(figures.begunAfter);
  const waited = figures.begunAfter.counts.reduce((sum, one) => sum + one, 0);
  all.counts[0] = (all.counts[0] as number) + figures.dispatched - waited;
  return all;
}

/** Writes flows and levels. */
export function flowMetrics(control: FlowControl, into: Exposition): void {
  const { flows, levels } = control.state;
  const gauge = (name: string, help: string, of: (flow: Flow) => number): void => {
    into.family(prefix + name, 'gauge', help);
    for (const flow of flows) into.sample(of(flow), labelsOf(flow));
  };
  into.family(`${prefix}rejected_requests_total`, 'counter', 'Requests turned away.');
  for (const flow of flows) {
    for (const [reason, count] of flow.figures.refused) into.sample(count, { ...labelsOf(flow), reason });
  }
  into.family(`${prefix}dispatched_requests_total`, 'counter', 'Requests begun.');
  for (const flow of flows) into.sample(flow.figures.dispatched, labelsOf(flow));
  gauge('current_inqueue_requests', 'Requests that wait for a seat.', ({ figures }) => figures.waiting);
  gauge('current_executing_requests', 'Requests that hold a seat.', ({ figures }) => figures.executing);
  into.family(`${prefix}request_wait_duration_seconds`, 'histogram', 'How long requests waited for a seat.');
  for (const flow of flows) {
    if (flow.figures.dispatched > 0) into.histogram(waits(flow), { execute: 'true', ...labelsOf(flow) });
    if (flow.figures.refused.size > 0) {
      into.histogram(flow.figures.refusedAfter, { execute: 'false', ...labelsOf(flow) });
    }
  }
  levelMetrics([...levels], into);
}

function levelMetrics(levels: readonly Level[], into: Exposition): void {
  const bounded = levels.filter((one) => !one.isExempt);
  const gauge = (name: string, help: string, of: (level: Level) => number, some: readonly Level[] = bounded): void => {
    into.family(prefix + name, 'gauge', help);
    for (const level of some) into.sample(of(level), { priority_level: level.name });
  };
  gauge('nominal_limit_seats', 'The share of a level.', (level) => level.nominal, levels);
  gauge('lower_limit_seats', 'What a level never lends.', (level) => level.lower);
  gauge('upper_limit_seats', 'What a level has at most, with what it borrows.', (level) => level.upper);
  gauge('current_executing_seats', 'Seats taken.', (level) => level.busy, levels);
}
