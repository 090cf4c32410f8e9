/** `GET /coracle/v1/usage/<node>`: the last hour of a node, for graphs. */
import { notFound } from '../../api/errors.ts';
import type { UsageMessage } from '../../api/link.ts';
import { timestamp } from '../../api/object.ts';
import { nodes } from '../../api/resource.ts';
import { type Usage, type UsageSeries, usageSeries } from './usage.ts';

/** The answer. Of each series `values[i]` is the mean over the minute that begins at `start` + i × `step` seconds. */
export interface UsageAnswer {
  readonly node: string;
  /** RFC 3339. */
  readonly start: string;
  /** Seconds. */
  readonly step: number;
  /** CPU in cores, memory and disk in bytes used, network in bytes a second; null where nothing was told. */
  readonly series: Readonly<Record<UsageSeries, readonly (number | null)[]>>;
  /** When `last` was told, RFC 3339. */
  readonly updated: string;
  /** Every figure as last told. */
  readonly last: UsageMessage;
}

const prefix = '/coracle/v1/usage/';
const minute = 60_000;

/** The last hour of a node in minutes; undefined when it never told anything. */
export function usageAnswer(usage: Usage, node: string): UsageAnswer | undefined {
  const history = usage.history(node);
  const known = usage.of(node);
  if (history === undefined || known === undefined) return undefined;
  const each = minute / history.step;
  // a minute is whole: what comes before the first full one is left out
  const skip = (each - (Math.round(history.start / history.step) % each)) % each;
  const series = {} as Record<UsageSeries, (number | null)[]>;
  for (const name of usageSeries) series[name] = means(history.values[name].subarray(skip), each);
  return {
    node,
    start: timestamp(history.start + skip * history.step),
    step: minute / 1000,
    series,
    updated: timestamp(known.at),
    last: known.last,
  };
}

function means(values: Float32Array, each: number): (number | null)[] {
  const result: (number | null)[] = [];
  for (let at = 0; at < values.length; at += each) {
    const told = values.subarray(at, at + each).filter((value) => !Number.isNaN(value));
    const mean = told.reduce((sum, value) => sum + value, 0) / told.length;
    result.push(told.length === 0 ? null : Number(mean.toPrecision(6)));
  }
  return result;
}

/** Answers the path as a document of the API server. */
export function usageDocument(usage: Usage): {
  document(request: { path: string }): { contentType: string; bytes: Buffer } | undefined;
} {
  return {
    document({ path }) {
      if (!path.startsWith(prefix)) return undefined;
      const node = path.slice(prefix.length);
      const answer = usageAnswer(usage, node);
      if (answer === undefined) throw notFound(nodes, node);
      return { contentType: 'application/json', bytes: Buffer.from(`${JSON.stringify(answer)}\n`) };
    },
  };
}
