/** A watch on one Node's Ready condition, with the time each change arrived. */
import type { Node } from '../../hub/api/node.ts';
import type { ApiClient } from './api-client.ts';
import { eventually } from './eventually.ts';

/** The watch. */
export interface NodeWatch {
  /** Resolves with the milliseconds from `since` until the node was seen with this Ready status after it. */
  until(status: 'True' | 'False' | 'Unknown', since: number, timeout?: number): Promise<number>;
  close(): void;
}

/** Follows a Node. */
export function watchNode(client: ApiClient, name: string): NodeWatch {
  const changes: { status: string; at: number }[] = [];
  const { close } = client.watch(`/api/v1/nodes?watch=true&fieldSelector=metadata.name%3D${name}`, ({ object, at }) => {
    const ready = (object as unknown as Node).status?.conditions?.find((one) => one.type === 'Ready');
    changes.push({ status: ready?.status ?? '', at });
  });
  return {
    until: async (status, since, timeout = 20_000) => {
      const found = await eventually(
        `node ${name} with Ready=${status}`,
        () => changes.find((change) => change.status === status && change.at >= since),
        timeout,
      );
      return found.at - since;
    },
    close,
  };
}
