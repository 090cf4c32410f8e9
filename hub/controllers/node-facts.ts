/** The few facts of a Node that controllers ask for, read once for each state of it. */
import type { Node } from '../api/node.ts';
import type { Taint } from '../api/scheduling.ts';
import type { Entry } from '../registry/registry.ts';

/** Facts of one Node. */
export interface NodeFacts {
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  /** The status of its Ready condition; undefined when it has none. */
  readonly ready: string | undefined;
  readonly zone: string | undefined;
}

function read(node: Node): NodeFacts {
  return {
    taints: node.spec.taints ?? [],
    unschedulable: node.spec.unschedulable === true,
    ready: node.status?.conditions?.find((one) => one.type === 'Ready')?.status,
    zone: node.metadata.labels?.['topology.kubernetes.io/zone'],
  };
}

/** Facts by entry. Entries never change, so nothing here is ever stale, and what is dropped is dropped with its entry. */
export class NodeFactsCache {
  readonly #facts = new WeakMap<Entry, NodeFacts>();

  of(entry: Entry): NodeFacts {
    let facts = this.#facts.get(entry);
    if (facts === undefined) {
      facts = read(entry.object<Node>());
      this.#facts.set(entry, facts);
    }
    return facts;
  }
}
