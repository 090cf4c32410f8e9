/** Quality of service: what class a Pod's requests and limits put it in. */
import type { ResourceRequirements } from '../../api/container.ts';
import type { PodSpec } from '../../api/pod.ts';
import { parseQuantity } from '../../api/quantity.ts';

type Amounts = Readonly<Record<string, string>> | undefined;

function positive(amounts: Amounts, resource: 'cpu' | 'memory'): number {
  const text = amounts?.[resource];
  return text === undefined ? 0 : (parseQuantity(text) ?? 0);
}

function of(resources: readonly (ResourceRequirements | undefined)[]): string {
  let any = false;
  let guaranteed = true;
  for (const one of resources) {
    for (const resource of ['cpu', 'memory'] as const) {
      const request = positive(one?.requests, resource);
      const limit = positive(one?.limits, resource);
      if (request > 0 || limit > 0) any = true;
      if (limit <= 0 || request !== limit) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** API status.qosClass: Guaranteed when every container limits CPU and memory to its request, BestEffort when none asks. */
export function qosClass(spec: PodSpec): string {
  const whole = spec.resources;
  if (whole !== undefined && (whole.requests ?? whole.limits) !== undefined) return of([whole]);
  return of([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((container) => container.resources));
}
