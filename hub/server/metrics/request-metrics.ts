/** Requests in numbers, under the names kube-apiserver gives them. Counting costs two look-ups and no allocation. */
import { type Exposition, Histogram, type Labels } from '../../base/metrics.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { Call, Route, Verb } from '../call.ts';

/** As kube-apiserver has them, in seconds. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

const verbs = ['', 'get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const verbNumbers = new Map<Verb, number>(verbs.map((verb, index) => [verb, index]));
/** API: in metrics create is POST and update is PUT. */
const verbNames: readonly string[] = ['', 'GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'DELETE', 'DELETECOLLECTION'];
const scopes = ['', 'resource', 'namespace', 'cluster'] as const;

/** Codes are below this. */
const codes = 1000;

interface Series {
  count: number;
  /** Undefined for requests that last as long as their client likes. */
  readonly seconds: Histogram | undefined;
}

/** The series of one resource or subresource, by verb, scope and code. */
interface Family {
  readonly labels: Labels;
  readonly series: Map<number, Series>;
}

/** True for requests that last as long as their client likes. */
export function isLongRunning(route: Route): boolean {
  return route.subresource !== undefined && (route.subresource.connect || route.subresource.name === 'log');
}

/** Counts requests as they are answered. */
export class RequestMetrics {
  readonly #families = new Map<string, Family>();
  /** The same by resource or subresource; those of custom resources come and go. */
  readonly #known = new WeakMap<object, Family>();
  /** Streams of logs and containers that are open. */
  streams = 0;
  /** Deprecated resources somebody asked for, by name. */
  readonly #deprecated = new Map<string, Labels>();
  /** Requests for paths, and those refused before it was clear what they were for. */
  readonly #other: Family = { labels: {}, series: new Map() };

  /** A request was answered, or its stream has begun. */
  answered(call: Call): void {
    const { route } = call;
    const family = route === undefined ? this.#other : this.#family(route);
    const key = (numberOf(call) * scopes.length + scopeOf(call)) * codes + call.res.statusCode;
    let series = family.series.get(key);
    if (series === undefined) {
      const lasts = call.verb === 'watch' || (route !== undefined && isLongRunning(route));
      series = { count: 0, seconds: lasts ? undefined : new Histogram(bounds) };
      family.series.set(key, series);
    }
    series.count += 1;
    series.seconds?.observe((performance.now() - call.began) / 1000);
  }

  /** A resource that is on its way out was asked for. */
  deprecated(route: Route): void {
    const { labels } = this.#family(route);
    const name = Object.values(labels).join('/');
    if (!this.#deprecated.has(name)) this.#deprecated.set(name, labels);
  }

  write(into: Exposition): void {
    const all: [Labels, string, Series][] = [];
    for (const { labels, series } of [this.#other, ...this.#families.values()]) {
      for (const [key, one] of series) all.push([keyLabels(key, labels), String(key % codes), one]);
    }
    into.family('apiserver_request_total', 'counter', 'Requests answered.');
    for (const [labels, code, { count }] of all) into.sample(count, { ...labels, code });
    into.family('apiserver_request_duration_seconds', 'histogram', 'Until a request was answered, without watches.');
    for (const [labels, histogram] of withoutCodes(all)) into.histogram(histogram, labels);
    into.family('apiserver_requested_deprecated_apis', 'gauge', 'Deprecated resources that somebody asked for.');
    for (const labels of this.#deprecated.values()) into.sample(1, labels);
  }

  #family(route: Route): Family {
    const known = this.#known.get(route.subresource ?? route.info);
    if (known !== undefined) return known;
    const labels = resourceLabels(route.info, route.subresource?.name ?? '');
    const name = Object.values(labels).join('/');
    const family = this.#families.get(name) ?? { labels, series: new Map() };
    this.#families.set(name, family);
    this.#known.set(route.subresource ?? route.info, family);
    return family;
  }
}

function resourceLabels({ group, version, resource }: ResourceInfo, subresource: string): Labels {
  return { group, version, resource, subresource };
}

/** Paths have no API verb: their method stands for it. */
function numberOf(call: Call): number {
  if (call.verb !== '') return verbNumbers.get(call.verb) ?? 0;
  return call.method === 'GET' || call.method === 'HEAD' ? 1 : 4;
}

function scopeOf({ target }: Call): number {
  if (target === undefined) return 0;
  if (target.name !== '') return 1;
  return target.namespace === '' ? 3 : 2;
}

function keyLabels(key: number, labels: Labels): Labels {
  const rest = Math.floor(key / codes);
  const verb = verbNames[Math.floor(rest / scopes.length)] ?? '';
  return { verb, ...labels, scope: scopes[rest % scopes.length] ?? '' };
}

/** One histogram for all codes of a kind of request. */
function withoutCodes(all: readonly [Labels, string, Series][]): Iterable<[Labels, Histogram]> {
  const merged = new Map<string, [Labels, Histogram]>();
  for (const [labels, , { seconds }] of all) {
    if (seconds === undefined) continue;
    const key = Object.values(labels).join('\n');
    const into = merged.get(key) ?? [labels, new Histogram(bounds)];
    into[1].add(seconds);
    merged.set(key, into);
  }
  return merged.values();
}
