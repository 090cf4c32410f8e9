/** PATCH: JSON patch, merge patch, strategic merge patch and server-side apply. */
import { ApiError } from '../api/errors.ts';
import type { JsonObject } from '../api/object.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import { decodePatch, patchTypes, type Patcher } from '../registry/patch/decode.ts';
import type { Mutate } from '../registry/registry.ts';
import { apply } from './apply.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { checkPatched, type FieldValidation, mediaTypeOf } from './decode-body.ts';
import { sendEntry } from './get.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { withPart, writesPart } from './subresource-part.ts';
import { checkNames } from './update.ts';
import { writeOptions } from './write-options.ts';

/** The media type of server-side apply. */
const applyType = 'application/apply-patch+yaml';

/** Changes an object as the body says. */
export async function patch(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { info, subresource } = route;
  const contentType = mediaTypeOf(call) ?? '';
  checkPatchType(info, contentType);
  if (contentType === applyType) return apply(services, call, route);
  const options = writeOptions(call, 'PatchOptions');
  const body = (await readBody(call.req)).toString('utf8');
  const patcher = decodePatch({ contentType, body, schemas: services.schemas, type: info.type });
  const strategic = contentType === patchTypes.strategic ? (JSON.parse(body) as JsonObject) : undefined;
  const mutate = mutateWith(
    services,
    call,
    info,
    patcher,
    { validation: options.fieldValidation, strategic },
    subresource?.name,
  );
  const written = await services.registry.modify(info, target.namespace, target.name, mutate, {
    ...options,
    ...(subresource === undefined ? {} : { subresource: subresource.name }),
  });
  sendEntry(services, call, route, 200, written.entry);
}

/** Runs a patch on the copy the registry hands out, then reads the result as strictly as any body. */
function mutateWith(
  services: Services,
  call: Call,
  info: ResourceInfo,
  patcher: Patcher,
  how: { validation: FieldValidation; strategic: JsonObject | undefined },
  part: string | undefined,
): Mutate {
  return (object) => {
    const name = object.metadata.name ?? '';
    const kept = writesPart(part) ? structuredClone(object) : undefined;
    const checked = checkPatched(services, call, info, patcher(object), how);
    checkNames(checked.metadata, { name, namespace: call.target?.namespace ?? '' }, info.namespaced);
    return kept === undefined || part === undefined ? checked : withPart(part, kept, checked);
  };
}

/** 415 for media types that are no patch of this resource. API: custom resources know no strategic merge. */
export function checkPatchType(info: ResourceInfo, contentType: string): void {
  const known: string[] = [patchTypes.json, patchTypes.merge, patchTypes.strategic, applyType];
  if (!known.includes(contentType)) {
    throw new ApiError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });
  }
  if (contentType !== patchTypes.strategic || info.custom === undefined) return;
  const accepted = known.filter((one) => one !== patchTypes.strategic).join(', ');
  throw new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}
