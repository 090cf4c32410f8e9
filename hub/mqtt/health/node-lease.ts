/** Leases in kube-node-lease: made once a node; their renewal is the link's keep-alive, so it is answered from memory. */
import { isAlreadyExists } from '../../api/errors.ts';
import { nodeLeaseNamespace } from '../../api/lease.ts';
import type { KubeObject } from '../../api/object.ts';
import { microTimestamp } from '../../api/object.ts';
import { leases, nodes } from '../../api/resource.ts';
import { nodeControllerUser } from '../../api/user.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Sessions } from '../sessions.ts';

/** API: a lease older than this many seconds is expired. */
const leaseSeconds = 40;

/** Makes node leases and knows when they were renewed. */
export class NodeLeases {
  readonly #options: { registry: Registry; sessions: Sessions; clock: Clock; log: Log };
  readonly #heard = new Map<string, number>();

  constructor(options: { registry: Registry; sessions: Sessions; clock: Clock; log: Log }) {
    this.#options = options;
    options.sessions.listen({ offline: (node) => this.lost(node) });
  }

  /** Makes the Lease of a node that has none. */
  async ensure(node: string): Promise<void> {
    const { registry, clock, log } = this.#options;
    const owner = registry.get(nodes, '', node);
    if (owner === undefined || registry.get(leases, nodeLeaseNamespace, node) !== undefined) return;
    const lease: KubeObject = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name: node,
        namespace: nodeLeaseNamespace,
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid: owner.uid }],
      },
      spec: { holderIdentity: node, leaseDurationSeconds: leaseSeconds, renewTime: microTimestamp(clock.now()) },
    };
    try {
      await registry.create(leases, nodeLeaseNamespace, lease, { user: nodeControllerUser, manager: 'coracle-hub' });
    } catch (error) {
      if (!isAlreadyExists(error)) log.debug({ node, error: String(error) }, 'could not make the Lease of a node');
    }
  }

  /** When the node was last known to live, Unix milliseconds: now while its session stands. */
  renewTime(node: string): number | undefined {
    const { sessions, clock } = this.#options;
    return sessions.get(node) === undefined ? this.#heard.get(node) : clock.now();
  }

  /** The node is not heard from now on. */
  lost(node: string): void {
    this.#heard.set(node, this.#options.clock.now());
  }

  forget(node: string): void {
    this.#heard.delete(node);
  }
}
