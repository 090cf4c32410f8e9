/** Gives every node its range of Pod addresses. */
import { isNotFound } from '../../api/errors.ts';
import type { Node } from '../../api/node.ts';
import { nodes } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { CidrPool } from './cidr-pool.ts';

/** Writes spec.podCIDR and spec.podCIDRs of nodes that have none, out of `clusterCidr`: a /24 each. */
export function createNodeIpamController(context: ControllerContext, clusterCidr: string): Part {
  const { registry } = context;
  const writer = writerOf('node-controller');
  const recorder = recorderOf(context, 'cidrAllocator');
  const pool = new CidrPool(clusterCidr, 24);
  const rangesOf = (node: Node): readonly string[] =>
    node.spec.podCIDRs ?? (node.spec.podCIDR === undefined ? [] : [node.spec.podCIDR]);
  const give = async (name: string): Promise<undefined> => {
    const node = registry.get(nodes, '', name)?.object<Node>();
    if (node === undefined || rangesOf(node).length > 0) return undefined;
    const cidr = pool.allocate();
    if (cidr === undefined) {
      const message = `Node ${name} status is now: CIDRNotAvailable`;
      recorder.record({ about: node, type: 'Normal', reason: 'CIDRNotAvailable', message });
      return undefined;
    }
    let taken = false;
    try {
      await registry.modify<Node>(
        nodes,
        '',
        name,
        (now) => {
          taken = rangesOf(now).length === 0;
          if (!taken) return;
          now.spec.podCIDR = cidr;
          now.spec.podCIDRs = [cidr];
        },
        writer,
      );
    } catch (error) {
      taken = false;
      if (!isNotFound(error)) throw error;
    } finally {
      if (!taken) pool.release(cidr);
    }
    return undefined;
  };
  return createController({
    name: 'node-ipam',
    context,
    interests: [
      {
        ref: nodes,
        keys(change) {
          const ranges = rangesOf(change.entry.object<Node>());
          for (const range of ranges)
            if (change.type === 'DELETED') pool.release(range);
            else pool.take(range);
          return change.type !== 'DELETED' && ranges.length === 0 ? [keyOf(change.entry)] : [];
        },
      },
    ],
    initial() {
      for (const entry of registry.entries(nodes)) for (const range of rangesOf(entry.object<Node>())) pool.take(range);
      return allKeys(context, nodes);
    },
    reconcile: (key) => give(splitKey(key).name),
    workers: 64,
  });
}
