/** Pods of one template: what the scheduler worked out once for all of them. */
import { countedSpec } from '../api/counted-spec.ts';
import { asksOf } from '../api/pod-digest.ts';
import type { Pod, PodSpec } from '../api/pod.ts';
import { namedNodes, preference } from '../api/node-affinity.ts';
import { filterByNode, type Refusal } from './filter.ts';
import type { Load, NodeRoom } from './node-room.ts';
import { hostPorts } from './ports.ts';
import { podDemand } from './resources.ts';
import { unwelcome } from '../api/tolerations.ts';

/** What a class thinks of one node, as long as the node's version stays. */
export interface Verdict {
  readonly version: number;
  readonly refusal: Refusal | undefined;
  readonly preference: number;
  readonly unwelcome: number;
}

/** One class. */
export class PodClass {
  readonly spec: PodSpec;
  readonly load: Load;
  /** The only nodes it may go on, when it names them. */
  readonly named: readonly string[] | undefined;
  /** True when scores depend on preferences of the Pod. */
  readonly prefers: boolean;
  /** The answer the last Pod of this class got when it found no node, and the cluster's state then. */
  failure: { readonly freed: number; readonly message: string } | undefined;
  readonly #verdicts: (Verdict | undefined)[] = [];

  constructor(spec: PodSpec, load: Load) {
    this.spec = spec;
    this.load = load;
    this.named = namedNodes(spec);
    this.prefers = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution !== undefined;
  }

  /** The verdict on `node`, worked out when the node is new or changed. */
  verdict(node: NodeRoom): Verdict {
    const known = this.#verdicts[node.slot];
    if (known !== undefined && known.version === node.version) return known;
    const verdict: Verdict = {
      version: node.version,
      refusal: filterByNode(this.spec, node),
      preference: this.prefers ? preference(this.spec, node.name, node.labels) : 0,
      unwelcome: node.taints.length === 0 ? 0 : unwelcome(node.taints, this.spec.tolerations ?? []),
    };
    this.#verdicts[node.slot] = verdict;
    return verdict;
  }
}

/** Drops the oldest entry when a map has grown beyond `limit`. */
function bound(map: Map<string, unknown>, limit: number): void {
  if (map.size <= limit) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}

/** The classes and loads in use. Both maps are bounded: forgetting one only costs working it out again. */
export class PodClasses {
  readonly #classes = new Map<string, PodClass>();
  readonly #loads = new Map<string, Load>();

  /** What a Pod takes; Pods that ask alike share the answer. */
  load(pod: Pod): Load {
    return this.loadOf(asksOf(pod), () => pod);
  }

  /** The same for a Pod of which it is known what it asks; `read` is called for the first that asks so. */
  loadOf(asks: string, read: () => Pod): Load {
    let load = this.#loads.get(asks);
    if (load === undefined) {
      const spec = countedSpec(read());
      load = { ...podDemand(spec), ports: hostPorts(spec) };
      this.#loads.set(asks, load);
      bound(this.#loads, 4096);
    }
    return load;
  }

  /** The class of `pod`. Pods that name their nodes (a DaemonSet's) get one of their own that is not kept. */
  of(pod: Pod): PodClass {
    const { spec } = pod;
    const asks = asksOf(pod);
    const load = this.loadOf(asks, () => pod);
    if (namedNodes(spec) !== undefined) return new PodClass(spec, load);
    const neighbours =
      spec.topologySpreadConstraints !== undefined ||
      spec.affinity?.podAffinity !== undefined ||
      spec.affinity?.podAntiAffinity !== undefined;
    const key = JSON.stringify([
      asks,
      [spec.nodeSelector, spec.affinity, spec.tolerations],
      [spec.topologySpreadConstraints, spec.preemptionPolicy, spec.priority],
      neighbours ? [pod.metadata.namespace, pod.metadata.labels] : [],
    ]);
    let found = this.#classes.get(key);
    if (found === undefined) {
      found = new PodClass(spec, load);
      this.#classes.set(key, found);
      bound(this.#classes, 128);
    }
    return found;
  }
}
