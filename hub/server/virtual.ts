/** Resources that are created and never stored: reviews and token requests. */
import { ApiError, qualified } from '../api/errors.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { bodyOf, decodeBody } from './decode-body.ts';
import { sendValue } from './respond.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { writeOptions } from './write-options.ts';

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

/** Answers the body with its status filled in. */
export async function createVirtual(services: Services, call: Call, route: Route): Promise<void> {
  const virtual = services.virtuals.get(keyOf(route));
  const { target } = call;
  if (virtual === undefined || target === undefined) return;
  if (call.format.as === 'table') {
    const name = qualified(route.info);
    throw new ApiError('NotAcceptable', `the resource ${name} does not support being converted to a Table`);
  }
  const { fieldValidation } = writeOptions(call, 'CreateOptions');
  const body = await decodeBody(services, call, bodyOf(route), await readBody(call.req), fieldValidation);
  const { namespace, name } = target;
  sendValue(call, 201, await virtual.create({ body, namespace, name, user: call.user }));
}
