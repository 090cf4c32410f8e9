/** GET /objects and POST /token: what a node fetches over mTLS because it may not travel through an external broker. */
import { ApiError, badRequest, forbidden } from '../api/errors.ts';
import { list, number, optional, shape, text } from '../api/guard.ts';
import type { ObjectKey } from '../api/link.ts';
import { mostObjects, type PodTokenRequest, type PodTokenResponse } from '../api/node-requests.ts';
import type { KubeObject } from '../api/object.ts';
import { configMaps, type ResourceRef, secrets } from '../api/resource.ts';
import type { User } from '../api/user.ts';
import type { Authorizer, VirtualResource } from '../auth/auth.ts';
import type { Registry } from '../registry/registry.ts';

const fetchable: Readonly<Record<string, ResourceRef>> = { secrets, configmaps: configMaps };

/** Body of POST /token. */
export const podTokenRequest = shape<PodTokenRequest>({
  namespace: text(63),
  serviceAccount: text(253),
  pod: shape<PodTokenRequest['pod']>({ name: text(253), uid: text(64) }),
  audiences: optional(list(text(512), 32)),
  expirationSeconds: optional(number),
});

/** Throws Forbidden unless `authorizer` lets `user` do it. */
function mustBeAllowed(
  authorizer: Authorizer,
  user: User,
  what: { verb: string; ref: ResourceRef; subresource: string; namespace: string; name: string },
): void {
  const { verb, ref, subresource, namespace, name } = what;
  const decision = authorizer.authorize({ user, verb, ...ref, subresource, namespace, name });
  if (!decision.allowed) throw forbidden(ref, name, `${user.name} may not ${verb} it: ${decision.reason}`);
}

/** The JSON of an ObjectsResponse. Every key is checked before any byte is answered; throws ApiError. */
export function fetchObjects(
  options: { readonly registry: Pick<Registry, 'get'>; readonly authorizer: Authorizer },
  user: User,
  keys: readonly ObjectKey[],
): Buffer {
  if (keys.length === 0 || keys.length > mostObjects) throw badRequest(`name 1 to ${mostObjects} keys`);
  const items: Buffer[] = [];
  const missing: ObjectKey[] = [];
  for (const key of keys) {
    const [resource = '', namespace = '', name = '', ...rest] = key.split('/');
    const ref = Object.hasOwn(fetchable, resource) ? fetchable[resource] : undefined;
    if (ref === undefined || name === '' || rest.length > 0)
      throw badRequest(`"${key.slice(0, 100)}" cannot be fetched`);
    mustBeAllowed(options.authorizer, user, { verb: 'get', ref, subresource: '', namespace, name });
    const entry = options.registry.get(ref, namespace, name);
    if (entry === undefined) missing.push(key);
    else items.push(entry.bytes);
  }
  const comma = Buffer.from(',');
  const separated = items.flatMap((bytes, index) => (index === 0 ? [bytes] : [comma, bytes]));
  return Buffer.concat([
    Buffer.from('{"items":['),
    ...separated,
    Buffer.from(`],"missing":${JSON.stringify(missing)}}`),
  ]);
}

/** A token for a Pod of the node, by way of the TokenRequest resource. Throws ApiError. */
export async function podToken(
  options: { readonly authorizer: Authorizer; readonly tokenRequest: VirtualResource },
  user: User,
  request: PodTokenRequest,
): Promise<PodTokenResponse> {
  const { namespace, serviceAccount: name, pod, audiences, expirationSeconds } = request;
  const ref: ResourceRef = { group: '', version: 'v1', resource: 'serviceaccounts' };
  mustBeAllowed(options.authorizer, user, { verb: 'create', ref, subresource: 'token', namespace, name });
  const body: KubeObject = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      ...(audiences === undefined ? {} : { audiences }),
      ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod },
    },
  };
  const answer = await options.tokenRequest.create({ body, namespace, name, user });
  const status = answer.status as PodTokenResponse | undefined;
  if (status === undefined) throw new ApiError('InternalError', 'the token request was not answered');
  return { token: status.token, expirationTimestamp: status.expirationTimestamp };
}
