/** The scale subresource: replicas of a workload, in the one form that autoscalers and `kubectl scale` know. */
import { ApiError, isNotFound, notFound } from '../../api/errors.ts';
import { invalid, invalidObject } from '../../api/field-error.ts';
import { type JsonObject, type KubeObject, type LabelSelector, timestamp } from '../../api/object.ts';
import { apiVersionOf } from '../../api/resource.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import { formatLabels, formatLabelSelector } from '../../kinds/label-selector.ts';
import { scaleTable } from '../../kinds/workload/scale.ts';
import { applyPatch } from '../../registry/managed-fields/apply.ts';
import { fieldAt, parentEntries, scaleEntries } from '../../registry/managed-fields/scale-entries.ts';
import { decodePatch } from '../../registry/patch/decode.ts';
import type { AdmissionForm, Entry, WriteOptions } from '../../registry/registry.ts';
import { checkConfigNames, readConfig } from '../apply.ts';
import { readBody } from '../body.ts';
import type { Call } from '../call.ts';
import { bodyOf, checkPatched, decodeBody, mediaTypeOf } from '../decode-body.ts';
import { sendForm } from '../get.ts';
import { applyType, checkPatchType, shownWith } from '../patch.ts';
import { booleanParameter } from '../list/list-options.ts';
import { sendValue } from '../respond.ts';
import { noSuchMethod, type Route } from '../route.ts';
import type { Services } from '../services.ts';
import { checkNames } from '../update.ts';
import { writeOptions } from '../write-options.ts';

/** autoscaling/v1 Scale. */
interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

/** A workload, as far as scaling goes. */
interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
}

/** Serves GET, PUT and PATCH of a scale. */
export function serveScale(services: Services, call: Call, route: Route): Promise<void> {
  switch (call.verb) {
    case 'get':
      return Promise.resolve(sendScale(services, call, scaleOf(route.info, current(services, call, route))));
    case 'update':
      return updateScale(services, call, route);
    case 'patch':
      return patchScale(services, call, route);
    default:
      throw noSuchMethod();
  }
}

/** A scale in the form the client asked for: a table of it has columns of its own. */
function sendScale(services: Services, call: Call, scale: Scale): void {
  if (call.format.as === 'object') sendValue(call, 200, scale);
  else sendForm(services, call, 200, { kind: 'Scale', strategy: scaleTable }, scale);
}

function current(services: Services, call: Call, route: Route): Scalable {
  const { namespace, name } = call.target ?? { namespace: '', name: '' };
  const entry = services.registry.get(route.info, namespace, name);
  if (entry === undefined) throw missing(route.info, name);
  return services.encoder.object(route.info, entry) as Scalable;
}

function missing(info: ResourceInfo, name: string): Error {
  return notFound({ group: info.group, resource: `${info.resource}/scale` }, name);
}

/** The scale of a workload. */
function scaleOf(info: ResourceInfo, object: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { replicas, current: actual, selector: text } = scaleParts(info, object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: { replicas: actual, ...(text === '' ? {} : { selector: text }) },
  };
}

/** Where the parts of a scale are in an object. */
function scaleParts(
  info: ResourceInfo,
  object: Scalable,
): { replicas: number | undefined; current: number; selector: string } {
  const scale = info.custom?.scale;
  if (scale !== undefined) {
    const replicas = scale.replicas(object);
    if (replicas === undefined) {
      const why = `the spec replicas field ${JSON.stringify(scale.path)} does not exist`;
      throw new ApiError('InternalError', `Internal error occurred: ${why}`);
    }
    return { replicas, current: scale.current(object), selector: scale.selector(object) };
  }
  const { selector, replicas } = object.spec;
  const text = info.group === '' ? formatLabels(selector as Record<string, string>) : formatLabelSelector(selector);
  return { replicas, current: object.status?.replicas ?? 0, selector: text === '<none>' ? '' : text };
}

async function updateScale(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const options = writeOptions(call, 'UpdateOptions');
  const body = await decodeBody(services, call, bodyOf(route), await readBody(call.req), options.fieldValidation);
  checkNames(body.metadata, target, true);
  await write(services, call, route, options, () => body as Scale);
}

async function patchScale(services: Services, call: Call, route: Route): Promise<void> {
  const contentType = mediaTypeOf(call) ?? '';
  checkPatchType(route.info, contentType);
  if (contentType === applyType) return applyScale(services, call, route);
  const options = writeOptions(call, 'PatchOptions');
  const body = (await readBody(call.req)).toString('utf8');
  call.audit?.patched(body);
  const kind = bodyOf(route);
  const patcher = decodePatch({ contentType, body, schemas: services.schemas, type: kind.type });
  const again = (): JsonObject => patcher(scaleOf(route.info, current(services, call, route)));
  const shown = shownWith(services, kind.type, { contentType, body }, again);
  const how = { validation: options.fieldValidation, shown };
  await write(services, call, route, options, (scale) => {
    const patched = checkPatched(services, call, kind, patcher(scale), how);
    return patched as Scale;
  });
}

/** Applies a Scale: its one field belongs to the managers of the workload's. */
async function applyScale(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const { info } = route;
  const options = writeOptions(call, 'PatchOptions', true);
  const force = booleanParameter(call, 'force') ?? false;
  const config = await readConfig(call, await readBody(call.req), options.fieldValidation);
  checkConfigNames(config, target.name, target.namespace, true);
  const kind = bodyOf(route);
  const field = fieldAt(info.custom?.scale?.path ?? '.spec.replicas');
  await write(services, call, route, { ...options, ownsFields: true }, (scale, object) => {
    const before = object.metadata.managedFields ?? [];
    const live = { ...scale, metadata: { ...scale.metadata, managedFields: scaleEntries(before, field) } };
    const applied = applyPatch({
      schemas: services.schemas,
      type: kind.type,
      live,
      config,
      manager: options.manager,
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      subresource: 'scale',
      force,
      time: timestamp(services.clock.now()),
    }).object;
    const after = applied.metadata.managedFields ?? [];
    object.metadata.managedFields = parentEntries(before, after, { field, apiVersion: apiVersionOf(info) });
    const how = { validation: options.fieldValidation, shown: () => JSON.stringify(applied) };
    return checkPatched(services, call, kind, applied as unknown as JsonObject, how) as Scale;
  });
}

/** Gives a workload the replicas of a scale, in place. */
function setReplicas(info: ResourceInfo, object: Scalable, scale: Scale): void {
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const error = invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalidObject('autoscaling', 'Scale', object.metadata.name ?? '', [error]);
  }
  if (info.custom?.scale === undefined) object.spec.replicas = replicas;
  else info.custom.scale.setReplicas(object, replicas);
}

/** A workload as admission sees it when it is scaled. */
function scaleForm(info: ResourceInfo): AdmissionForm {
  return {
    operation: 'UPDATE',
    of: (object) => scaleOf(info, object as Scalable),
    put: (object, scale) => setReplicas(info, object as Scalable, scale as Scale),
  };
}

async function write(
  services: Services,
  call: Call,
  route: Route,
  options: WriteOptions,
  change: (scale: Scale, object: Scalable) => Scale,
): Promise<void> {
  const { info } = route;
  const { namespace, name } = call.target ?? { namespace: '', name: '' };
  const mutate = (object: Scalable): void => {
    const scale = change(scaleOf(info, object), object);
    setReplicas(info, object, scale);
    if (scale.metadata.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
  };
  let entry: Entry;
  try {
    const written = await services.registry.modify<Scalable>(info, namespace, name, mutate, {
      ...options,
      subresource: 'scale',
      form: scaleForm(info),
    });
    entry = written.entry;
  } catch (error) {
    throw isNotFound(error) ? missing(info, name) : error;
  }
  sendScale(services, call, scaleOf(info, services.encoder.object(info, entry) as Scalable));
}
