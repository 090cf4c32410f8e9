/** Everything a hub holds, of every kind that can be listed. */
import type { KubeObject } from '../../hub/api/object.ts';
import type { ApiClient } from './api-client.ts';

/** What a kind is, as discovery tells. */
interface Listed {
  readonly kind: string;
  readonly path: string;
}

/** Kinds that come and go by themselves, and those that are computed when they are asked for. */
const passing = new Set(['Event', 'NodeMetrics', 'PodMetrics', 'ComponentStatus']);

async function kindsOf(client: ApiClient): Promise<Listed[]> {
  const { body } = await client.call('GET', '/apis');
  const groups = (body.groups as { preferredVersion: { groupVersion: string } }[]).map(
    ({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`,
  );
  const lists = await Promise.all(
    ['/api/v1', ...groups].map(async (path) => {
      const { resources } = (await client.call('GET', path)).body as {
        resources: { name: string; kind: string; verbs: string[] }[];
      };
      return resources
        .filter(({ name, kind, verbs }) => !name.includes('/') && verbs.includes('list') && !passing.has(kind))
        .map(({ name, kind }) => ({ kind, path: `${path}/${name}` }));
    }),
  );
  return lists.flat();
}

/** What an object is called: `Kind namespace/name`, or `Kind name`. */
export function titleOf(kind: string, namespace: string | undefined, name: string | undefined): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`;
}

/** All objects by what they are called. */
export async function inventory(client: ApiClient): Promise<ReadonlyMap<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  await Promise.all(
    (await kindsOf(client)).map(async ({ kind, path }) => {
      // a kind that went meanwhile has no objects
      const items = ((await client.call('GET', path)).body?.items ?? []) as KubeObject[];
      for (const object of items) found.set(titleOf(kind, object.metadata.namespace, object.metadata.name), object);
    }),
  );
  return found;
}
