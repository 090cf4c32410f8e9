/** PUT of one object, or of one of its subresources that has the object's own form. */
import { badRequest } from '../api/errors.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { decodeBody } from './decode-body.ts';
import { sendEntry } from './get.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { withPart, writesPart } from './subresources/subresource-part.ts';
import { writeOptions } from './write-options.ts';

/** Replaces an object with the body. */
export async function update(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { info, subresource } = route;
  const options = writeOptions(call, 'UpdateOptions');
  const decoded = decodeBody(services, call, info, await readBody(call.req), options.fieldValidation);
  const object = decoded instanceof Promise ? await decoded : decoded;
  checkNames(object.metadata, target, info.namespaced);
  const { registry } = services;
  const { namespace, name } = target;
  const part = subresource?.name;
  const written = writesPart(part)
    ? await registry.modify(info, namespace, name, (old) => withPart(part, old, object), {
        ...options,
        subresource: part,
      })
    : await registry.update(info, namespace, name, object, {
        ...options,
        ...(part === undefined ? {} : { subresource: part }),
      });
  sendEntry(services, call, route, written.outcome === 'created' ? 201 : 200, written.entry);
}

/** The name and namespace in a body must be those of the URL. */
export function checkNames(
  metadata: { name?: string; namespace?: string },
  target: { name: string; namespace: string },
  namespaced: boolean,
): void {
  if (metadata.name === undefined || metadata.name === '') {
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== target.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${target.name})`);
  }
  const { namespace } = metadata;
  if (namespaced && namespace !== undefined && namespace !== '' && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}
