/** PATCH with application/apply-patch+yaml: server-side apply, which also creates. */
import { badRequest, conflict, isAlreadyExists, isNotFound, staleObject } from '../api/errors.ts';
import { type JsonObject, type KubeObject, timestamp } from '../api/object.ts';
import { apiVersionOf } from '../api/resource.ts';
import { type Decoded, decodeYaml, SyntaxFault } from '../kinds/decode.ts';
import { applyPatch } from '../registry/managed-fields/apply.ts';
import type { WriteOptions, Written } from '../registry/registry.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { checkPatched, type FieldValidation, strictText } from './decode-body.ts';
import { sendEntry } from './get.ts';
import { booleanParameter } from './list/list-options.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { checkNames } from './update.ts';
import { writeOptions } from './write-options.ts';

/** One apply request, read. */
interface ApplyRequest {
  readonly config: JsonObject;
  readonly options: WriteOptions;
  readonly force: boolean;
}

/** How often an apply is tried again when the object comes or goes in between. */
const tries = 3;

/** Applies what the body declares. */
export async function apply(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const options = { ...writeOptions(call, 'PatchOptions', true), ownsFields: true };
  const force = booleanParameter(call, 'force') ?? false;
  const config = await readConfig(call, await readBody(call.req), options.fieldValidation);
  checkConfigNames(config, target.name, target.namespace, route.info.namespaced);
  const { subresource } = route;
  const request: ApplyRequest = {
    config,
    force,
    options: subresource === undefined ? options : { ...options, subresource: subresource.name },
  };
  const written = await write(services, call, route, request);
  sendEntry(services, call, route, written.outcome === 'created' ? 201 : 200, written.entry);
}

/** The declaration in a body. Throws BadRequest for what is no YAML. */
export async function readConfig(call: Call, body: Buffer, validation: FieldValidation): Promise<JsonObject> {
  let decoded: Decoded;
  try {
    decoded = await decodeYaml(body);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
  }
  const { value, duplicates } = decoded;
  if (duplicates.length > 0 && validation === 'Strict')
    throw badRequest(`error decoding YAML: ${strictText(duplicates)}`);
  if (validation !== 'Ignore') for (const duplicate of duplicates) call.warn(duplicate);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  call.audit?.requested(value);
  return value as JsonObject;
}

type Texts = Partial<Record<'name' | 'namespace' | 'uid' | 'resourceVersion', string>>;

/** What a declaration says of itself. What is no text is unset here, as for Go's unstructured objects, and refused later. */
function textsIn(config: JsonObject): Texts {
  const { metadata } = config;
  if (typeof metadata !== 'object' || metadata === null) return {};
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => typeof value === 'string')) as Texts;
}

/** A body that is not of this resource at all is told so first, by applyPatch; one without a name takes the URL's. */
export function checkConfigNames(config: JsonObject, name: string, namespace: string, namespaced: boolean): void {
  const metadata = textsIn(config);
  if (config['apiVersion'] !== undefined && metadata.name) checkNames(metadata, { name, namespace }, namespaced);
}

async function write(services: Services, call: Call, route: Route, request: ApplyRequest): Promise<Written> {
  const { name, namespace } = call.target ?? { name: '', namespace: '' };
  const { registry } = services;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (registry.get(route.info, namespace, name) === undefined && route.subresource === undefined) {
        return await create(services, call, route, request);
      }
      return await registry.modify(
        route.info,
        namespace,
        name,
        (live) => applied(services, call, route, request, live),
        request.options,
      );
    } catch (error) {
      // it came or went between the look and the write
      if (attempt >= tries || !(isAlreadyExists(error) || isNotFound(error)) || route.subresource !== undefined)
        throw error;
    }
  }
}

function create(services: Services, call: Call, route: Route, request: ApplyRequest): Promise<Written> {
  const metadata = textsIn(request.config);
  const { name, namespace } = call.target ?? { name: '', namespace: '' };
  checkNames(metadata, { name, namespace }, route.info.namespaced);
  if (metadata.resourceVersion) throw conflict(route.info, name, staleObject);
  if (metadata.uid) {
    const why = `uid mismatch: the provided object specified uid ${metadata.uid}, and no existing object was found`;
    throw conflict(route.info, name, why);
  }
  const object = applied(services, call, route, request, undefined);
  return services.registry.create(route.info, namespace, object, request.options);
}

/** What is to be stored: the live object with the declared fields, and who owns what. */
function applied(
  services: Services,
  call: Call,
  route: Route,
  request: ApplyRequest,
  live: KubeObject | undefined,
): KubeObject {
  const { info, subresource } = route;
  const wanted = textsIn(request.config).resourceVersion;
  if (live !== undefined && wanted && wanted !== live.metadata.resourceVersion) {
    throw conflict(info, live.metadata.name ?? '', staleObject);
  }
  const { object } = applyPatch({
    schemas: services.schemas,
    type: info.type,
    custom: info.custom?.schema,
    live,
    config: request.config,
    manager: request.options.manager,
    apiVersion: apiVersionOf(info),
    kind: info.kind,
    subresource: subresource?.name ?? '',
    force: request.force,
    time: timestamp(services.clock.now()),
  });
  const how = { validation: request.options.fieldValidation, shown: () => JSON.stringify(object) };
  return checkPatched(services, call, info, object as unknown as JsonObject, how);
}
