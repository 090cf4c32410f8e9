/** A node that was named on the command line. */
import type { Node } from '../../hub/api/node.ts';
import { again } from './again.ts';
import { Failure } from './failure.ts';
import { type HubClient, HubRefusal } from './hub-client.ts';

/** Rejects with Failure when there is none of that name. */
export async function findNode(client: HubClient, name: string): Promise<Node> {
  try {
    return await client.call<Node>('GET', `/api/v1/nodes/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof HubRefusal) || error.status.code !== 404) throw error;
    throw new Failure(`there is no node "${name}"`, {
      next: `see their names with: ${again('status')}`,
      cause: error,
    });
  }
}
