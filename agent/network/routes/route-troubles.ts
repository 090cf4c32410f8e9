/** What is wrong with the ways to other nodes, in words. Pure. */
import type { NetworkTrouble } from '../network.ts';
import type { DesiredRoutes } from './desired-routes.ts';
import type { KernelNetwork } from './kernel-network.ts';

/** Names that are listed; of more only the number. */
const listed = 10;

/** The troubles. `complaints` are the programs' own words; `after` is how things are when there were any. */
export function routeTroubles(input: {
  readonly desired: DesiredRoutes;
  readonly complaints: readonly string[];
  readonly after: KernelNetwork | undefined;
}): NetworkTrouble[] {
  const { desired, complaints, after } = input;
  const { clash, refused } = desired;
  const troubles: NetworkTrouble[] = [];
  if (clash !== undefined)
    troubles.push({
      reason: 'RangeInUse',
      message: `this node's Pod range ${clash}: choose another clusterCidr for the hub, or take that route away`,
    });
  if (after !== undefined && desired.vxlan !== undefined && after.vxlan === undefined)
    troubles.push({
      reason: 'NoVxlan',
      message: `this kernel makes no vxlan device (${complaints[0]}): load the module vxlan, or put the nodes on one network`,
    });
  else if (complaints.length > 0)
    troubles.push({ reason: 'RoutesRefused', message: `the kernel refused a way to another node: ${complaints[0]}` });
  if (refused.length > 0) {
    const names = refused.slice(0, listed).map(({ node, why }) => `${node} ${why}`);
    const more = refused.length > listed ? [`and ${refused.length - listed} more`] : [];
    troubles.push({
      reason: 'NodesOutOfReach',
      message: `Pods of some nodes cannot be reached: ${[...names, ...more].join('; ')}`,
      partial: true,
    });
  }
  return troubles;
}
