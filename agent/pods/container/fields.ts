/** The downward API: what a Pod may learn of itself through environment and files. Pure. */
import type { Container, ResourceFieldSelector } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { parseQuantity } from '../../../hub/api/quantity.ts';

/** What only the node knows of the Pod. */
export interface FieldContext {
  readonly nodeName: string;
  readonly hostAddresses: readonly string[];
  readonly podAddresses: readonly string[];
  /** Cores, bytes of memory and of ephemeral storage: what limits default to. */
  readonly allocatable: { readonly cpu: number; readonly memory: number; readonly storage: number };
}

const subscript = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/** The value at `path`, or undefined when there is no such field. */
export function podField(pod: Pod, path: string, context: FieldContext): string | undefined {
  const match = subscript.exec(path);
  if (match !== null) return pod.metadata[match[1] === 'labels' ? 'labels' : 'annotations']?.[match[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return context.nodeName;
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return context.hostAddresses[0] ?? '';
    case 'status.hostIPs':
      return context.hostAddresses.join(',');
    case 'status.podIP':
      return context.podAddresses[0] ?? '';
    case 'status.podIPs':
      return context.podAddresses.join(',');
    default:
      return undefined;
  }
}

/** `key="value"` lines in order of keys, as files of labels and annotations are written. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join('\n');
}

/** A container's request or limit in units of the divisor, rounded up; undefined for an unknown resource. */
export function resourceField(
  container: Container,
  selector: ResourceFieldSelector,
  context: FieldContext,
): string | undefined {
  const dot = selector.resource.indexOf('.');
  const list = selector.resource.slice(0, dot);
  const resource = selector.resource.slice(dot + 1);
  if (list !== 'limits' && list !== 'requests') return undefined;
  const defaults: Readonly<Record<string, number>> = {
    cpu: context.allocatable.cpu,
    memory: context.allocatable.memory,
    'ephemeral-storage': context.allocatable.storage,
  };
  const text = container.resources?.[list]?.[resource];
  const amount =
    text === undefined
      ? list === 'limits'
        ? defaults[resource]
        : resource in defaults
          ? 0
          : undefined
      : parseQuantity(text);
  if (amount === undefined) return undefined;
  const given = selector.divisor === undefined ? 0 : (parseQuantity(selector.divisor) ?? 0);
  const divisor = given > 0 ? given : 1;
  return String(Math.ceil(Number((amount / divisor).toFixed(6))));
}
