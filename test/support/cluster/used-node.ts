/** A cluster of one node that has had a Pod: the bridge and the images that stay after a node's first Pod are no leak. */
import { type Cluster, startCluster } from './cluster.ts';
import { assertNothingLeft, holdings, type NodeHoldings } from './leaks.ts';
import type { ClusterNode } from './node.ts';
import { type NodePods, podsOn } from './pods.ts';

/** The cluster, and what its node held before the test. */
export interface UsedNode {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  readonly pods: NodePods;
  readonly empty: NodeHoldings;
  /** Removes a Pod and asserts that nothing of it is left on the node. */
  gone(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it; leaves nothing behind when it cannot. */
export async function startUsedNode(): Promise<UsedNode> {
  const cluster = await startCluster({ nodes: 1 });
  const [node] = cluster.nodes as [ClusterNode];
  const pods = podsOn(cluster, node.name);
  const stop = async (): Promise<void> => {
    pods.close();
    await cluster.stop();
  };
  try {
    await pods.create('first');
    await pods.ready('first');
    await pods.remove('first');
    const empty = await holdings(node);
    const gone = async (name: string): Promise<void> => {
      await pods.remove(name);
      await assertNothingLeft(node, empty);
    };
    return { cluster, node, pods, empty, gone, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
