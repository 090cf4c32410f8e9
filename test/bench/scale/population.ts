/** A big cluster as its database holds it: Deployments with their ReplicaSets and running Pods, Nodes and Leases. */
import { deployment, replicaSet } from './deployment.ts';
import { lease, node } from './node.ts';
import { pod } from './pod.ts';
import { namespaceName, nodeName, type Stored } from './stored.ts';

/** How much of it there is. */
export interface Size {
  readonly namespaces: number;
  readonly deploymentsEach: number;
  readonly replicas: number;
  readonly nodes: number;
}

/** Everything, in the order it would have been made. `now` is when the nodes were last heard of, in whole seconds. */
export function* population(size: Size, now: string): Iterable<Stored> {
  for (let index = 0; index < size.nodes; index += 1) {
    yield node(index, now);
    yield lease(index, now);
  }
  let next = 0;
  for (let team = 0; team < size.namespaces; team += 1) {
    const namespace = namespaceName(team);
    for (let index = 0; index < size.deploymentsEach; index += 1) {
      yield deployment(namespace, index, size.replicas);
      yield replicaSet(namespace, index, size.replicas);
      for (let replica = 0; replica < size.replicas; replica += 1) {
        yield pod(namespace, index, replica, nodeName(next % size.nodes));
        next += 1;
      }
    }
  }
}
