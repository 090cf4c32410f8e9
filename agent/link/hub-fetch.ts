/** Fetching objects over HTTPS from the hub: Secrets do not pass through a broker that is not the hub's own. */
import { list, shape, text } from '../../hub/api/guard.ts';
import { objectCheck } from '../../hub/api/link-guards.ts';
import type { ObjectKey } from '../../hub/api/link.ts';
import { mostObjects, type ObjectsResponse } from '../../hub/api/node-requests.ts';
import { askHub, type HubAddress } from './hub-request.ts';

const answerCheck = shape<ObjectsResponse>({ items: list(objectCheck), missing: list(text(700)) });

/** Asks for the newest bytes of some objects, as many as one request may name. Rejects with HubError or WireError. */
export async function fetchObjects(hub: HubAddress, keys: readonly ObjectKey[]): Promise<ObjectsResponse> {
  const query = new URLSearchParams(keys.slice(0, mostObjects).map((key): [string, string] => ['key', key]));
  const answer = await askHub<ObjectsResponse>(hub, { method: 'GET', path: `/objects?${query}` });
  answerCheck(answer, 'answer');
  return answer;
}
