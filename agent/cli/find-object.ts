/** An object that was named on the command line. */
import { again } from './again.ts';
import { Failure } from './failure.ts';
import { type HubClient, HubRefusal } from './hub-client.ts';
import { namespaced } from './namespace-option.ts';

/** Kinds commands are told names of, with their resources. */
const resources = { Service: 'services', Pod: 'pods' } as const;

/** Rejects with Failure when there is none of that name in the namespace. */
export async function findObject<T>(
  client: HubClient,
  kind: keyof typeof resources,
  namespace: string,
  name: string,
): Promise<T> {
  const resource = resources[kind];
  try {
    return await client.call<T>('GET', `${namespaced('/api/v1', namespace, resource)}/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof HubRefusal) || error.status.code !== 404) throw error;
    throw new Failure(`there is no ${kind} "${name}" in namespace "${namespace}"`, {
      next: `see what there is with: ${again(`kubectl get ${resource} --all-namespaces`)}`,
      cause: error,
    });
  }
}
