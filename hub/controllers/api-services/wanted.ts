/** Which APIServices the hub keeps of its own accord, and what is to be done about one of them. API: kube-aggregator's autoregister. */
import { type APIService, type APIServiceSpec, apiServiceName, apiServices } from '../../api/api-service.ts';
import { builtInPriority, customPriority, type Priority } from '../../api/api-priority.ts';
import { metricsGroup } from '../../api/resource-metrics.ts';
import { apiVersionOf } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';

/** Says that an APIService is kept by the hub: made right once at each start, or at all times. */
const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';

/** Group and version out of the name of an APIService: `v1.apps`, `v1.` of the core group. */
export function groupVersionOf(name: string): { group: string; version: string } {
  const dot = name.indexOf('.');
  return { group: name.slice(dot + 1), version: name.slice(0, dot) };
}

function localService(group: string, version: string, priority: Priority, managed: string | undefined): APIService {
  const name = apiServiceName({ group, version });
  return {
    apiVersion: apiVersionOf(apiServices),
    kind: 'APIService',
    metadata: managed === undefined ? { name } : { name, labels: { [managedLabel]: managed } },
    spec: { group, version, groupPriorityMinimum: priority.group, versionPriority: priority.version },
  };
}

/**
 * The APIService of a group version that is built in; undefined when none is kept for it. That of what nodes measure is no
 * more than a beginning: a metrics server somebody installs takes it over, and has it after the next start too.
 */
export function builtInService(group: string, version: string): APIService | undefined {
  const priority = builtInPriority(group, version);
  if (priority === undefined) return undefined;
  return localService(group, version, priority, group === metricsGroup ? undefined : 'onstart');
}

/** The APIService of a version that a definition serves. */
export function customService(group: string, version: string): APIService {
  return localService(group, version, customPriority, 'true');
}

/** What is known of one APIService. */
export interface Sighted {
  readonly current: APIService | undefined;
  readonly wanted: APIService | undefined;
  /** It was looked at since the hub started. */
  readonly isSettled: boolean;
  /** It was there when the hub started. */
  readonly wasThere: boolean;
}

/** What to do about it. */
export type Deed = 'nothing' | 'create' | 'update' | 'delete';

const managedOf = (service: APIService | undefined): string | undefined => service?.metadata.labels?.[managedLabel];

/** Decides. What nobody marked as managed is its owner's, also where the hub would keep another one. */
export function deedOf({ current, wanted, isSettled, wasThere }: Sighted): Deed {
  if (managedOf(wanted) === 'onstart' && isSettled) return 'nothing';
  if (current === undefined) return wanted === undefined ? 'nothing' : 'create';
  const managed = managedOf(current);
  if (managed !== 'onstart' && managed !== 'true') return 'nothing';
  if (managed === 'onstart' && (!wasThere || isSettled)) return 'nothing';
  if (wanted === undefined) return 'delete';
  return sameSpec(current.spec, wanted.spec) ? 'nothing' : 'update';
}

function sameSpec(a: APIServiceSpec | undefined, b: APIServiceSpec | undefined): boolean {
  // the core group is stored without its name
  const plain = (spec: APIServiceSpec | undefined): object => ({ ...spec, group: spec?.group ?? '' });
  return sameJson(plain(a), plain(b));
}
