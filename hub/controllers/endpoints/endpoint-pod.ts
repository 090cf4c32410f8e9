/** What a Service wants to know of a Pod behind it, read once for each state of the Pod. */
import type { ObjectReference } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import type { Pod } from '../../api/pod.ts';
import type { ServicePort } from '../../api/service.ts';
import type { Entry } from '../../registry/registry.ts';

/** Facts of a Pod as an endpoint. */
export interface EndpointPod {
  readonly ips: readonly string[];
  readonly node: string;
  readonly ready: boolean;
  readonly deleting: boolean;
  readonly finished: boolean;
  readonly hostname: string;
  readonly subdomain: string;
  readonly target: ObjectReference;
  /** Container ports with a name, for Services that name their target. */
  readonly named: readonly { name: string; port: number; protocol: string }[];
}

function read(pod: Pod): EndpointPod {
  const { metadata, spec, status } = pod;
  const ips = (status?.podIPs ?? []).map((one) => one.ip);
  const { namespace, name, uid } = metadata;
  const lasting = (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  return {
    ips: ips.length > 0 || (status?.podIP ?? '') === '' ? ips : [status?.podIP ?? ''],
    node: spec.nodeName ?? '',
    ready: status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true,
    deleting: metadata.deletionTimestamp !== undefined,
    finished: hasEnded(status?.phase),
    hostname: spec.hostname ?? '',
    subdomain: spec.subdomain ?? '',
    target: {
      kind: 'Pod',
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
    },
    named: [...spec.containers, ...lasting].flatMap((container) =>
      (container.ports ?? []).flatMap(({ name: portName, containerPort, protocol }) =>
        portName === undefined ? [] : [{ name: portName, port: containerPort, protocol: protocol ?? 'TCP' }],
      ),
    ),
  };
}

/** Facts by entry. Entries never change, so nothing here is ever stale, and what is dropped is dropped with its entry. */
export class EndpointPods {
  readonly #facts = new WeakMap<Entry, EndpointPod>();

  of(entry: Entry): EndpointPod {
    let facts = this.#facts.get(entry);
    if (facts === undefined) {
      facts = read(entry.object<Pod>());
      this.#facts.set(entry, facts);
    }
    return facts;
  }
}

/** True when both look the same to every Service. */
export function sameEndpoint(a: EndpointPod, b: EndpointPod): boolean {
  return (
    a.ready === b.ready &&
    a.deleting === b.deleting &&
    a.finished === b.finished &&
    a.node === b.node &&
    a.hostname === b.hostname &&
    a.subdomain === b.subdomain &&
    a.ips.join() === b.ips.join()
  );
}

/** The number a Service port leads to on this Pod; undefined when the Pod has no port of that name. */
export function targetPort(port: ServicePort, pod: EndpointPod): number | undefined {
  const { targetPort: target } = port;
  if (target === undefined || target === 0 || target === '') return port.port;
  if (typeof target === 'number') return target;
  const protocol = port.protocol ?? 'TCP';
  return pod.named.find((one) => one.name === target && one.protocol === protocol)?.port;
}
