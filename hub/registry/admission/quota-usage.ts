/** What one object uses of a quota. */
import type { Container } from '../../api/container.ts';
import type { KubeObject } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod } from '../../api/pod.ts';
import { countedByPlural, type ResourceQuota } from '../../api/quota.ts';
import type { ResourceRef } from '../../api/resource.ts';
import type { Service } from '../../api/service.ts';
import { type Amounts, podAmounts } from './pod-amounts.ts';

const computed = ['cpu', 'memory', 'ephemeral-storage'];

function podUsage(pod: Pod): Amounts {
  // API: a Pod that ended is counted as an object, and uses nothing
  if (hasEnded(pod.status?.phase)) return { 'count/pods': '1' };
  const usage: Record<string, string> = { pods: '1', 'count/pods': '1' };
  for (const [name, amount] of Object.entries(podAmounts(pod, 'requests'))) {
    usage[`requests.${name}`] = amount;
    if (computed.includes(name) || name.startsWith('hugepages-')) usage[name] = amount;
  }
  for (const [name, amount] of Object.entries(podAmounts(pod, 'limits'))) usage[`limits.${name}`] = amount;
  return usage;
}

function serviceUsage(service: Service): Amounts {
  const { type, ports = [], allocateLoadBalancerNodePorts } = service.spec;
  const usage: Record<string, string> = { services: '1', 'count/services': '1' };
  if (type === 'NodePort') usage['services.nodeports'] = String(ports.length);
  if (type === 'LoadBalancer') {
    usage['services.loadbalancers'] = '1';
    const given = ports.filter((port) => port.nodePort).length;
    usage['services.nodeports'] = String(allocateLoadBalancerNodePorts === false ? given : ports.length);
  }
  return usage;
}

function claimUsage(object: KubeObject): Amounts {
  const spec = (object.spec ?? {}) as { storageClassName?: string; resources?: { requests?: Amounts } };
  const storage = spec.resources?.requests?.['storage'] ?? '0';
  const usage: Record<string, string> = {
    persistentvolumeclaims: '1',
    'count/persistentvolumeclaims': '1',
    'requests.storage': storage,
  };
  if (spec.storageClassName !== undefined) {
    const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io`;
    usage[`${prefix}/requests.storage`] = storage;
    usage[`${prefix}/persistentvolumeclaims`] = '1';
  }
  return usage;
}

/** What an object of this resource uses, by the names quotas have for it. */
export function usageOf(ref: Pick<ResourceRef, 'group' | 'resource'>, object: KubeObject): Amounts {
  const count = `count/${ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`}`;
  if (ref.group !== '') return { [count]: '1' };
  if (ref.resource === 'pods') return podUsage(object as unknown as Pod);
  if (ref.resource === 'services') return serviceUsage(object as unknown as Service);
  if (ref.resource === 'persistentvolumeclaims') return claimUsage(object);
  return countedByPlural.has(ref.resource) ? { [ref.resource]: '1', [count]: '1' } : { [count]: '1' };
}

function isBestEffort(pod: Pod): boolean {
  const containers: Container[] = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])];
  return containers.every(
    ({ resources }) => Object.keys({ ...resources?.requests, ...resources?.limits }).length === 0,
  );
}

function inScope(pod: Pod, scope: string): boolean {
  switch (scope) {
    case 'Terminating':
      return (pod.spec.activeDeadlineSeconds ?? -1) >= 0;
    case 'NotTerminating':
      return (pod.spec.activeDeadlineSeconds ?? -1) < 0;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return (pod.spec.priorityClassName ?? '') !== '';
    default:
      return false;
  }
}

/** True when a quota counts this object: API, quotas with scopes count Pods only. */
export function isCounted(quota: ResourceQuota, resource: string, object: KubeObject): boolean {
  const scopes = quota.spec?.scopes ?? [];
  const expressions = quota.spec?.scopeSelector?.matchExpressions ?? [];
  if (scopes.length === 0 && expressions.length === 0) return true;
  if (resource !== 'pods') return false;
  const pod = object as unknown as Pod;
  if (!scopes.every((scope) => inScope(pod, scope))) return false;
  return expressions.every(({ scopeName, operator, values = [] }) => {
    const inside = inScope(pod, scopeName);
    if (operator === 'Exists') return inside;
    if (operator === 'DoesNotExist') return !inside;
    const listed = values.includes(pod.spec.priorityClassName ?? '');
    return operator === 'In' ? inside && listed : !listed;
  });
}

const required = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** Compute resources a quota bounds but some container does not name: `limits.memory for: a,b; requests.cpu for: a`. */
export function unspecified(hard: Amounts, pod: Pod): string {
  const missing: string[] = [];
  for (const name of required.filter((one) => hard[one] !== undefined).sort()) {
    const [kind = '', resource = ''] = name.includes('.') ? name.split('.') : ['requests', name];
    const without = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])]
      .filter(({ resources }) => resources?.[kind as 'requests' | 'limits']?.[resource] === undefined)
      .map((container) => container.name);
    if (without.length > 0) missing.push(`${name} for: ${[...new Set(without)].sort().join(',')}`);
  }
  return missing.join('; ');
}
