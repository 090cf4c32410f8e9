/** What other API servers say they serve, in the one form aggregated discovery has. */
import type { RemoteApi, RemoteResource } from './remote-apis.ts';
import type { Reply } from './remote-caller.ts';

/** The whole of a server in one document, in either version. */
export const aggregatedAccept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

interface GroupList {
  items?: { metadata?: { name?: string }; versions?: { version?: string; resources?: RemoteResource[] }[] }[];
}

interface LegacyResource {
  name: string;
  singularName?: string;
  namespaced?: boolean;
  kind?: string;
  group?: string;
  version?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
}

function parsed(reply: Reply): unknown {
  return JSON.parse(reply.body.toString('utf8'));
}

/** Out of the document of a whole server; undefined when that is no such document. Throws SyntaxError. */
export function readAggregated(api: RemoteApi, reply: Reply): readonly RemoteResource[] | undefined {
  if (reply.status !== 200 || !reply.type.includes('as=APIGroupDiscoveryList')) return undefined;
  const { items } = parsed(reply) as GroupList;
  const group = items?.find(({ metadata }) => metadata?.name === api.group);
  const resources = group?.versions?.find(({ version }) => version === api.version)?.resources ?? [];
  // clients of old stumble over a resource without a kind
  return resources.map((one) => ({
    ...one,
    responseKind: one['responseKind'] ?? { group: '', kind: '', version: '' },
  }));
}

/** Out of meta/v1 APIResourceList; undefined when that is no such document. Throws SyntaxError. */
export function readLegacy(api: RemoteApi, reply: Reply): readonly RemoteResource[] | undefined {
  if (reply.status !== 200) return undefined;
  const { resources } = parsed(reply) as { resources?: LegacyResource[] };
  if (!Array.isArray(resources)) return undefined;
  const responseKind = ({ group, version, kind }: LegacyResource): object => ({
    group: group || api.group,
    version: version || api.version,
    kind: kind ?? '',
  });
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((one) => {
      const subresources = resources
        .filter(({ name }) => name.startsWith(`${one.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(one.name.length + 1),
          responseKind: responseKind(sub),
          verbs: sub.verbs ?? [],
        }));
      return {
        resource: one.name,
        responseKind: responseKind(one),
        scope: one.namespaced === true ? 'Namespaced' : 'Cluster',
        singularResource: one.singularName ?? '',
        verbs: one.verbs ?? [],
        ...(one.shortNames === undefined ? {} : { shortNames: one.shortNames }),
        ...(one.categories === undefined ? {} : { categories: one.categories }),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}

/** Where a server has its OpenAPI v3 document of one version; undefined when it has none. Throws SyntaxError. */
export function readOpenApiIndex(api: RemoteApi, reply: Reply): string | undefined {
  if (reply.status !== 200) return undefined;
  const { paths } = parsed(reply) as { paths?: Record<string, { serverRelativeURL?: string }> };
  const path = paths?.[`apis/${api.group}/${api.version}`]?.serverRelativeURL;
  // only what lies below the path of this version will be handed over to that server
  return typeof path === 'string' && path.startsWith(`/openapi/v3/apis/${api.group}/${api.version}`) ? path : undefined;
}
