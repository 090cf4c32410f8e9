/** A flow schema at work: which level its requests go to, how they are told apart, and their figures. */
import type { FlowSchema, PolicyRulesWithSubjects } from '../../api/flow-control.ts';
import { Histogram } from '../../base/metrics.ts';
import type { Level } from './level.ts';
import { meansEverything } from './match.ts';

/** As kube-apiserver has them, in seconds. */
const waitBounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** Why a request was turned away. API: the label of that name in apiserver_flowcontrol_rejected_requests_total. */
export type Refusal = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** Requests of one schema and level in numbers; kept when the objects change. */
export class FlowFigures {
  /** Begun, those that waited among them. */
  dispatched = 0;
  executing = 0;
  waiting = 0;
  readonly refused = new Map<Refusal, number>();
  /** Seconds of those that had to wait, by whether they were begun in the end. */
  readonly begunAfter = new Histogram(waitBounds);
  readonly refusedAfter = new Histogram(waitBounds);

  refuse(why: Refusal, seconds: number): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1);
    this.refusedAfter.observe(seconds);
  }
}

/** One flow schema. */
export interface Flow {
  readonly name: string;
  readonly level: Level;
  readonly by: 'ByUser' | 'ByNamespace' | undefined;
  readonly rules: readonly PolicyRulesWithSubjects[];
  /** Header fields of every answer, name and value in turns. */
  readonly headers: readonly string[];
  readonly figures: FlowFigures;
}

/** A rule, and whether it means everything its subjects ask for. */
export interface Candidate {
  readonly flow: Flow;
  readonly rule: PolicyRulesWithSubjects;
  readonly always: boolean;
}

/** The flow of an object. */
export function flowOf(schema: FlowSchema, level: Level, figures: FlowFigures): Flow {
  const { uid = '' } = schema.metadata;
  const by = schema.spec?.distinguisherMethod?.type;
  return {
    name: schema.metadata.name ?? '',
    level,
    by: by === 'ByUser' || by === 'ByNamespace' ? by : undefined,
    rules: schema.spec?.rules ?? [],
    headers: uid === '' ? [] : ['X-Kubernetes-Pf-Flowschema-Uid', uid, 'X-Kubernetes-Pf-Prioritylevel-Uid', level.uid],
    figures,
  };
}

/** The rules of a flow, ready to be asked. */
export function candidatesOf(flow: Flow): Candidate[] {
  return flow.rules.map((rule) => ({ flow, rule, always: meansEverything(rule) }));
}
