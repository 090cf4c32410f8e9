/** When the endpoints of a Service are to be looked at again. */
import { pods, services } from '../../api/resource.ts';
import type { Change } from '../../registry/registry.ts';
import { type Interest, own, relabelled } from '../controller.ts';
import { type EndpointPods, sameEndpoint } from './endpoint-pod.ts';
import type { ServicePods } from './service-pods.ts';

function matters(facts: EndpointPods, change: Change): boolean {
  if (change.type !== 'MODIFIED' || change.previous === undefined || relabelled(change)) return true;
  return !sameEndpoint(facts.of(change.previous), facts.of(change.entry));
}

/** Changes of Services, and of Pods as far as a Service can see them. */
export function serviceInterests(index: ServicePods, facts: EndpointPods): Interest[] {
  return [
    own(services),
    {
      ref: pods,
      keys(change) {
        if (!matters(facts, change)) return [];
        const { entry, previous } = change;
        const { namespace } = entry;
        const names = new Set(index.servicesOf(namespace, entry.labels));
        if (previous !== undefined && relabelled(change)) {
          for (const name of index.servicesOf(namespace, previous.labels)) names.add(name);
        }
        return [...names].map((name) => `${namespace}/${name}`);
      },
    },
  ];
}
