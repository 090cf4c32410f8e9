/** Resources that are created and never stored: reviews and token requests. */
import { ApiError, badRequest, qualified } from '../../api/errors.ts';
import { type KubeObject, timestamp } from '../../api/object.ts';
import { apiVersionOf } from '../../api/resource.ts';
import { trackUpdate } from '../../registry/managed-fields/update.ts';
import { readBody } from '../body.ts';
import type { Call } from '../call.ts';
import { bodyOf, decodeBody } from '../decode-body.ts';
import { sendValue } from '../respond.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { writeOptions } from '../write-options.ts';

/** The key of a virtual resource among the services. */
export function virtualKey(group: string, resource: string, subresource: string): string {
  return `${group}/${resource}/${subresource}`;
}

function keyOf(route: Route): string {
  return virtualKey(route.info.group, route.info.resource, route.subresource?.name ?? '');
}

/** True when somebody answers this resource without storing it. */
export function isVirtual(services: Services, route: Route): boolean {
  return services.virtuals.has(keyOf(route));
}

/** API: the namespace of the URL is that of the object. Throws BadRequest when the object says another one. */
function placeIn(namespace: string, body: KubeObject): void {
  body.metadata = { ...body.metadata };
  const { metadata } = body;
  if (namespace === '') delete metadata.namespace;
  else if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  } else metadata.namespace = namespace;
}

/** Answers the body with its status filled in. */
export async function createVirtual(services: Services, call: Call, route: Route): Promise<void> {
  const virtual = services.virtuals.get(keyOf(route));
  const { target } = call;
  if (virtual === undefined || target === undefined) return;
  if (call.format.as === 'table') {
    const name = qualified(route.info);
    throw new ApiError('NotAcceptable', `the resource ${name} does not support being converted to a Table`);
  }
  const options = writeOptions(call, 'CreateOptions');
  const { fieldValidation, manager } = options;
  const kind = bodyOf(route);
  const body = await decodeBody(services, call, kind, await readBody(call.req), fieldValidation);
  const { namespace, name } = target;
  placeIn(namespace, body);
  const managedFields = trackUpdate({
    schemas: services.schemas,
    type: kind.type,
    before: undefined,
    after: body,
    manager,
    apiVersion: apiVersionOf(kind),
    subresource: call.target?.subresource ?? '',
    time: timestamp(services.clock.now()),
  });
  if (managedFields !== undefined) body.metadata.managedFields = managedFields;
  const subresource = target.subresource === '' ? {} : { subresource: target.subresource };
  await services.registry.review(route.info, namespace, name, body, { ...options, ...subresource });
  sendValue(call, 201, await virtual.create({ body, namespace, name, user: call.user }));
}
