/** PATCH: JSON patch, merge patch, strategic merge patch and server-side apply. */
import { ApiError } from '../api/errors.ts';
import { goValue } from '../api/go-json.ts';
import { invalid, invalidObject } from '../api/field-error.ts';
import type { JsonObject, KubeObject } from '../api/object.ts';
import type { ResourceInfo } from '../kinds/kind.ts';
import { metadataCauses } from '../kinds/metadata-rounds.ts';
import { decodePatch, patchTypes, type Patcher } from '../registry/patch/decode.ts';
import { patchedText, type Touched, touchedBySteps } from '../registry/patch/patched-text.ts';
import { restoreFault } from '../registry/patch/restore-fault.ts';
import type { Mutate } from '../registry/registry.ts';
import { apply } from './apply.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { checkPatched, mediaTypeOf, type PatchedReading } from './decode-body.ts';
import { sendEntry } from './get.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { withPart, writesPart } from './subresources/subresource-part.ts';
import { checkNames } from './update.ts';
import { writeOptions } from './write-options.ts';

/** The media type of server-side apply. */
export const applyType = 'application/apply-patch+yaml';

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
  call.audit?.patched(body);
  const patcher = decodePatch({ contentType, body, schemas: services.schemas, type: info.type });
  const again = (): JsonObject => {
    const entry = services.registry.get(info, target.namespace, target.name);
    return entry === undefined ? {} : patcher(structuredClone(services.encoder.object(info, entry)));
  };
  const shown = shownWith(services, info.type, { contentType, body }, again);
  const told = contentType === patchTypes.strategic ? restoreFault : undefined;
  const how = { validation: options.fieldValidation, shown, ...(told === undefined ? {} : { told }) };
  const mutate = mutateWith(services, call, info, patcher, how, subresource?.name);
  const written = await services.registry.modify(info, target.namespace, target.name, mutate, {
    ...options,
    ...(subresource === undefined ? {} : { subresource: subresource.name }),
  });
  sendEntry(services, call, route, 200, written.entry);
}

/**
 * What a refusal shows of the result of this patch, which `again` makes once more: reading the first one changed it.
 * API: of a strategic patch it is the patch itself.
 */
export function shownWith(
  services: Services,
  type: string,
  { contentType, body }: { contentType: string; body: string },
  again: () => JsonObject,
): () => string {
  if (contentType === patchTypes.strategic) return () => goValue(JSON.parse(body));
  return () => {
    const patched = again();
    const patch: unknown = JSON.parse(body);
    const touched = contentType === patchTypes.merge ? (patch as Touched) : touchedBySteps(patch);
    const fieldOrder = (name: string): readonly string[] => services.protobuf.fieldOrder(name);
    return patchedText(patched, touched, { schemas: services.schemas, type, fieldOrder });
  };
}

/** Runs a patch on the copy the registry hands out, then reads the result as strictly as any body. */
function mutateWith(
  services: Services,
  call: Call,
  info: ResourceInfo,
  patcher: Patcher,
  how: PatchedReading,
  part: string | undefined,
): Mutate {
  return (object) => {
    const { name = '', uid } = object.metadata;
    const kept = writesPart(part) ? structuredClone(object) : undefined;
    const checked = checkPatched(services, call, info, patcher(object), how);
    refuseOtherUid(info, checked, uid, part);
    checkNames(checked.metadata, { name, namespace: call.target?.namespace ?? '' }, info.namespaced);
    return kept === undefined || part === undefined ? checked : withPart(part, kept, checked);
  };
}

/** API: the uid in a body is a precondition, the one in what a patch makes is a field that never changes. */
function refuseOtherUid(
  info: ResourceInfo,
  patched: KubeObject,
  uid: string | undefined,
  subresource: string | undefined,
): void {
  const { metadata } = patched;
  if (!metadata.uid || metadata.uid === uid) return;
  const found = [invalid('metadata.uid', metadata.uid, 'field is immutable')];
  throw invalidObject(info.group, info.kind, metadata.name ?? '', metadataCauses(info, metadata, found, subresource));
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
