/**
 * Keeps the ways to the Pods of other nodes, from what this node holds: also while the hub is away, and after a start.
 *
 * INVARIANTS: only routes and devices with our own marks are changed; they stay when the agent stops, as the Pods do; each
 * turn reads the kernel and does what differs, so whatever somebody else removed comes back.
 */
import type { Node } from '../../../hub/api/node.ts';
import type { NodeNetwork } from '../../../hub/api/node-network.ts';
import { sameJson } from '../../../hub/api/same-json.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import type { HeldObjects } from '../../state/held.ts';
import type { NetworkTrouble } from '../network.ts';
import { type DesiredRoutes, desiredRoutes } from './desired-routes.ts';
import { IpMissing, type IpTool } from './ip-tool.ts';
import { type KernelNetwork, readKernelNetwork } from './kernel-network.ts';
import { routeChanges, type VxlanChoice } from './route-changes.ts';
import { routeTroubles } from './route-troubles.ts';
import type { RouteWatch } from './route-watch.ts';

/** Options of `createNodeRoutes`. */
export interface NodeRoutesOptions {
  /** Name of this node. */
  readonly node: string;
  readonly held: HeldObjects;
  /** The segment this node is on, and where nodes of others reach it; '' as in the settings. */
  readonly link: string;
  readonly externalAddress: string;
  readonly vxlan: VxlanChoice;
  /** This node's addresses, looked for anew. */
  readonly addresses: () => Promise<readonly string[]>;
  /** `troubles` or `podMtu` say another thing now. */
  readonly changed: () => void;
  readonly tool: IpTool;
  readonly watch: RouteWatch;
  readonly clock: Clock;
  readonly log: Log;
}

/** The keeper. */
export interface NodeRoutes extends Part {
  troubles(): readonly NetworkTrouble[];
  /** Bytes a Pod's packet may have; undefined until it is known. */
  podMtu(): number | undefined;
}

const work = 'routes';

/** The kernel tells one change in several pieces, and they come in bursts: milliseconds they are gathered. */
const gather = 200;

/** Makes it. `start` resolves when the routes that are known are there, or could not be made. */
export function createNodeRoutes(options: NodeRoutesOptions): NodeRoutes {
  const { held, tool, clock, log } = options;
  let troubles: readonly NetworkTrouble[] = [];
  let podMtu: number | undefined;
  let release = (): void => {};
  let unwatch = (): void => {};
  const queue = new WorkQueue({
    ...{ name: 'routes', clock, log, handle: () => turn() },
    backoff: { first: 1000, limit: 60_000 },
  });

  function tell(next: readonly NetworkTrouble[], mtu = podMtu): void {
    if (sameJson(next, troubles) && mtu === podMtu) return;
    troubles = next;
    podMtu = mtu;
    options.changed();
  }

  function wanted(kernel: KernelNetwork, addresses: readonly string[]): DesiredRoutes {
    const { node: name, link, externalAddress } = options;
    const spec = (held.get(`nodes//${name}`) as Node | undefined)?.spec;
    const podCIDRs = spec?.podCIDRs ?? [];
    // nothing of the cluster is on this machine before it has a range
    const nodes = podCIDRs.length === 0 ? [] : (held.all('nodenetworks') as Iterable<NodeNetwork>);
    return desiredRoutes({ ...kernel, own: { name, podCIDRs, addresses, link, externalAddress }, nodes });
  }

  async function turn(): Promise<undefined> {
    try {
      const [kernel, addresses] = await Promise.all([readKernelNetwork(tool), options.addresses()]);
      const desired = wanted(kernel, addresses);
      const { ip, bridge } = routeChanges(kernel, desired, options.vxlan);
      const complaints = [...(await tool.batch('ip', ip)), ...(await tool.batch('bridge', bridge))];
      if (ip.length + bridge.length > 0)
        log.info({ routes: desired.routes.length, overlay: desired.peers.length }, 'ways to other nodes changed');
      const after = complaints.length === 0 ? undefined : await readKernelNetwork(tool);
      tell(routeTroubles({ desired, complaints, after }), desired.podMtu);
      if (complaints.length > 0) throw new Error(complaints.join('; '));
    } catch (error) {
      if (error instanceof IpMissing) tell([{ reason: 'ProgramMissing', message: error.message }]);
      throw error;
    }
    return undefined;
  }

  return {
    name: 'routes',
    async start() {
      release = held.subscribe(({ upserts, deletions }) => {
        const come = upserts.some(
          ({ kind, metadata }) => kind === 'NodeNetwork' || (kind === 'Node' && metadata.name === options.node),
        );
        if (come || deletions.some((key) => key.startsWith('nodenetworks/'))) queue.add(work);
      });
      unwatch = options.watch(() => queue.addAfter(work, gather));
      queue.add(work);
      await queue.settled();
    },
    async stop() {
      release();
      unwatch();
      await queue.stop();
    },
    troubles: () => troubles,
    podMtu: () => podMtu,
  };
}
