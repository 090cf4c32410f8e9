/** The cluster as one instance knows it, and what nodes are able to. Pure. */
import type { EndpointSlice } from '../../../hub/api/endpoint-slice.ts';
import type { Node, NodeCondition } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Service } from '../../../hub/api/service.ts';

/** API: a node with this label takes no traffic of load balancers. */
const excludedLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** API: whose endpoints a slice has. */
const serviceLabel = 'kubernetes.io/service-name';

/** What is known now. */
export interface View {
  readonly services: Iterable<Service>;
  readonly slices: Iterable<EndpointSlice>;
  readonly nodes: Iterable<Node>;
  /** Those of this addon. */
  readonly pods: Iterable<Pod>;
}

/** `namespace/name`. */
export const keyOf = ({ metadata }: Pick<Service, 'metadata'>): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** The slices of each Service, by its key. */
export function slicesByService(slices: Iterable<EndpointSlice>): Map<string, EndpointSlice[]> {
  const found = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.[serviceLabel] ?? ''}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, [slice]);
    else before.push(slice);
  }
  return found;
}

/** How packets to an address of a Service get on from a node: by its packet rules, by this program itself, or not at all. */
export type Way = 'rules' | 'relay' | { readonly trouble: string };

/** API: a node without a network of Pods does not have the condition. */
export function wayOf({ metadata, status }: Node): Way {
  const network = conditionCalled('NetworkUnavailable', status?.conditions);
  if (network === undefined) return 'relay';
  if (network.status !== 'True') return 'rules';
  return {
    trouble: `node ${metadata.name ?? ''} has no network for Services: ${network.message ?? network.reason ?? ''}`,
  };
}

/** Ready nodes with a program of this addon and a way for packets, but for those that are left out. */
export function ableNodes({ nodes, pods }: Pick<View, 'nodes' | 'pods'>): string[] {
  const running = new Set<string>();
  for (const { metadata, spec, status } of pods)
    if (metadata.deletionTimestamp === undefined && conditionCalled('Ready', status?.conditions)?.status === 'True')
      running.add(spec.nodeName ?? '');
  return [...nodes].flatMap((node) => {
    const { name = '', labels = {} } = node.metadata;
    const isReady = conditionCalled('Ready', node.status?.conditions)?.status === 'True';
    const isAble = running.has(name) && isReady && typeof wayOf(node) === 'string';
    return isAble && labels[excludedLabel] === undefined ? [name] : [];
  });
}

function conditionCalled<T extends Pick<NodeCondition, 'type'>>(
  name: string,
  all: readonly T[] | undefined,
): T | undefined {
  return all?.find(({ type }) => type === name);
}
