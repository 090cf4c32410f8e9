/** The Pods of this node that policies may be about, out of what is held and which sandboxes there are. Pure. */
import type { Pod } from '../../../hub/api/pod.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';

/** A Pod with addresses of its own. */
export interface LocalPod {
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  /** Ports its containers call by a name. */
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/**
 * The Pods whose sandboxes live. A Pod that is held no more and still runs is what it was `before`. An address is the newest
 * sandbox's; those of the node itself are nobody's: a Pod that uses them cannot be told from the node.
 */
export function localPods(options: {
  readonly pods: Iterable<Pod>;
  readonly sandboxes: readonly SandboxObservation[];
  readonly nodeAddresses: readonly string[];
  readonly before: readonly LocalPod[];
}): LocalPod[] {
  const held = new Map([...options.pods].map((pod) => [pod.metadata.uid ?? '', pod]));
  const before = new Map(options.before.map((pod) => [pod.uid, pod]));
  const taken = new Set(options.nodeAddresses);
  const newestFirst = options.sandboxes.filter(({ ready }) => ready).sort((a, b) => b.createdAt - a.createdAt);
  return newestFirst.flatMap(({ uid, addresses: all }) => {
    const addresses = all.filter((address) => !taken.has(address));
    for (const address of addresses) taken.add(address);
    const pod = held.get(uid);
    if (addresses.length === 0 || pod?.spec.hostNetwork === true) return [];
    const known = before.get(uid);
    if (pod === undefined) return known === undefined ? [] : [{ ...known, addresses }];
    return [{ uid, addresses, ...factsOf(pod) }];
  });
}

function factsOf({ metadata, spec }: Pod): Pick<LocalPod, 'namespace' | 'labels' | 'ports'> {
  const ports = spec.containers.flatMap((container) =>
    (container.ports ?? []).flatMap(({ name, protocol = 'TCP', containerPort: port }) =>
      name ? [{ name, protocol, port }] : [],
    ),
  );
  return { namespace: metadata.namespace ?? '', labels: metadata.labels ?? {}, ports };
}
