/** POST to a collection. */
import { badRequest } from '../api/errors.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { sendEntry } from './get.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { writeOptions } from './write-options.ts';

/** Creates the object in the body. */
export async function create(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { info } = route;
  const options = writeOptions(call, 'CreateOptions');
  const decoded = decodeBody(services, call, info, await readBody(call.req), options.fieldValidation);
  const object = decoded instanceof Promise ? await decoded : decoded;
  const { namespace } = object.metadata;
  if (info.namespaced && namespace !== undefined && namespace !== '' && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const written = await services.registry.create(info, target.namespace, object, options);
  sendEntry(services, call, route, 201, written.entry);
}
