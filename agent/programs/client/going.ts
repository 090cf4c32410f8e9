/** Whether the addon a program belongs to is being disabled, rather than updated or its machine restarted. */
import { isNotFound } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { ApiClient } from './client.ts';

/** True when the program's DaemonSet was deleted. Rejects when the API does not tell. */
export async function isGoing(client: ApiClient, daemonSet: string, signal: AbortSignal): Promise<boolean> {
  try {
    const path = `/apis/apps/v1/namespaces/${client.namespace}/daemonsets/${daemonSet}`;
    const { metadata } = await client.get<KubeObject>(path, { signal });
    return metadata.deletionTimestamp !== undefined;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}
