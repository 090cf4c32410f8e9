/** What the command line says of nodes. */
import type { Node } from '../../hub/api/node.ts';

/** One node as status shows it. */
export interface NodeView {
  name: string;
  ready: boolean;
  /** Why it is not ready; empty when it is. */
  reason: string;
  version: string;
  /** What runs its containers, as `containerd://1.6.20`. */
  runtime: string;
  address: string;
}

/** Sums a Node up. */
export function viewNode(node: Node): NodeView {
  const condition = node.status?.conditions?.find((one) => one.type === 'Ready');
  const ready = condition?.status === 'True';
  return {
    name: node.metadata.name ?? '',
    ready,
    reason: ready ? '' : notReadyReason(condition),
    version: node.status?.nodeInfo?.kubeletVersion ?? '',
    runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? '',
    address: node.status?.addresses?.find((one) => one.type === 'InternalIP')?.address ?? '',
  };
}

function notReadyReason(condition: { status: string; reason?: string; message?: string } | undefined): string {
  if (condition === undefined) return 'has not reported yet';
  if (condition.status === 'Unknown') return 'cannot be reached';
  return condition.message ?? condition.reason ?? 'reports that it is not ready';
}
