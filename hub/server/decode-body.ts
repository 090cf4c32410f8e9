/** From the bytes of a request body to an object of one kind, read as strictly as the client asks. */
import { ApiError, badRequest } from '../api/errors.ts';
import { jsonTypeName } from '../api/go-json.ts';
import { invalidObject } from '../api/field-error.ts';
import type { JsonObject, KubeObject } from '../api/object.ts';
import { apiVersionOf, parseApiVersion } from '../api/resource.ts';
import { typeOf } from '../kinds/built-in.ts';
import { type Decoded, decodeJson, decodeYaml, SyntaxFault, summarize } from '../kinds/decode.ts';
import { inReadingOrder } from '../kinds/json-duplicates.ts';
import type { CustomKind, Strategy } from '../kinds/kind.ts';
import { objectMetaType } from '../kinds/conform.ts';
import { openEnvelope, protobufType } from '../kinds/protobuf/protobuf.ts';
import { ProtobufFault } from '../kinds/protobuf/wire-reader.ts';
import { type Fault, FieldFault } from '../kinds/scalar.ts';
import type { Call } from './call.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** What to do about fields nobody knows, and fields set twice. Unset means Warn. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore' | undefined;

/** What a body must be. */
export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The schema type. */
  readonly type: string;
  readonly custom?: CustomKind;
  /** What a custom kind says of an object of another kind. */
  readonly strategy?: Strategy;
}

/** The kind of body a route takes. */
export function bodyOf(route: Route): BodyKind {
  const { info, subresource } = route;
  if (subresource === undefined || subresource.kind === info.kind) return info;
  const group = subresource.group ?? info.group;
  const version = subresource.version ?? info.version;
  return { group, version, kind: subresource.kind, type: typeOf(group, version, subresource.kind) };
}

/** The media type of a body, parameters cut off; undefined when the client names none. */
export function mediaTypeOf(call: Call): string | undefined {
  const header = call.req.headers['content-type'];
  if (header === undefined || header === '') return undefined;
  const semicolon = header.indexOf(';');
  return (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

/** 415 for anything the server cannot read. */
function encodingOf(call: Call): 'json' | 'yaml' | 'protobuf' {
  switch (mediaTypeOf(call)) {
    case undefined:
    case 'application/json':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    case protobufType:
      return 'protobuf';
    default:
      throw unknownFormat(`application/json, application/yaml, ${protobufType}`);
  }
}

function unknownFormat(accepted: string): ApiError {
  const text = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiError('UnsupportedMediaType', text);
}

/** Reads a body; only YAML needs a promise. Throws SyntaxFault and ProtobufFault for what cannot be read. */
function read(services: Services, call: Call, type: string, body: Buffer): Decoded | Promise<Decoded> {
  const encoding = encodingOf(call);
  if (encoding === 'json') return decodeJson(body);
  return encoding === 'yaml' ? decodeYaml(body) : readProtobuf(services, type, body);
}

function readProtobuf(services: Services, type: string, body: Buffer): Decoded {
  const { apiVersion, kind, raw } = openEnvelope(body);
  const head = { kind, apiVersion };
  // another kind than was asked for: refused by its name, not by what its bytes look like
  if (kind !== '' && !type.endsWith(`.${kind}`)) return { value: head, duplicates: [] };
  if (!services.protobuf.knows(type)) throw unknownFormat('application/json, application/yaml');
  return { value: { ...head, ...services.protobuf.decode(type, raw) }, duplicates: [] };
}

/** The value of a body of this schema type, whatever it is. Throws BadRequest and UnsupportedMediaType. */
export async function bodyValue(services: Services, call: Call, type: string, body: Buffer): Promise<unknown> {
  try {
    return (await read(services, call, type, body)).value;
  } catch (error) {
    throw error instanceof SyntaxFault || error instanceof ProtobufFault ? badRequest(error.message) : error;
  }
}

/** The object in a body. Synchronous unless it is YAML. Throws BadRequest for what is no object of that kind. */
export function decodeBody(
  services: Services,
  call: Call,
  kind: BodyKind,
  body: Buffer,
  validation: FieldValidation,
): KubeObject | Promise<KubeObject> {
  try {
    const decoded = read(services, call, kind.type, body);
    if (!(decoded instanceof Promise)) return objectFrom(services, call, kind, { decoded, body, validation });
    return decoded.then(
      (value) => objectFrom(services, call, kind, { decoded: value, body, validation }),
      (error: unknown) => {
        throw error instanceof SyntaxFault ? unrecognized(kind, error.message, body) : error;
      },
    );
  } catch (error) {
    if (error instanceof ProtobufFault) throw unrecognized(kind, error.message, body);
    throw error instanceof SyntaxFault ? unrecognized(kind, jsonPrefix + error.message, body) : error;
  }
}

const jsonPrefix = "couldn't get version/kind; json parse error: ";

function unrecognized(kind: BodyKind, why: string, body: Buffer): ApiError {
  return badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${summarize(body)})`);
}

interface Source {
  readonly decoded: Decoded;
  readonly body: Buffer;
  readonly validation: FieldValidation;
}

function objectFrom(services: Services, call: Call, kind: BodyKind, source: Source): KubeObject {
  const value = source.decoded.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    const target =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    const why = `json: cannot unmarshal ${jsonTypeName(value)} into Go value of type ${target}`;
    throw unrecognized(kind, jsonPrefix + why, source.body);
  }
  // API: what only definitions know is read by the kind it says it is; nobody guesses one
  if (kind.custom !== undefined && !(value as JsonObject)['kind']) {
    throw unrecognized(kind, `Object 'Kind' is missing in '${source.body.toString('utf8')}'`, source.body);
  }
  const object = ordered(kind, value as JsonObject);
  checkKind(services, kind, object, source.body);
  object.apiVersion = apiVersionOf(kind);
  const problems = problemsOf(source, conformed(services, kind, object, source));
  call.audit?.requested(object);
  if (problems.length > 0) tell(call, kind, problems, source.validation);
  return object;
}

/** Duplicate and unknown fields: of JSON in reading order; of YAML its reader's complaints come first. */
function problemsOf({ decoded, body }: Source, unknown: readonly string[]): readonly string[] {
  const { duplicates } = decoded;
  if (duplicates.length === 0) return unknown;
  const problems = [...duplicates, ...unknown];
  return unknown.length === 0 || body[0] !== 0x7b ? problems : inReadingOrder(body.toString('utf8'), problems);
}

/** True when kind and version come first anyway, as most clients write them, and nothing is missing. */
function isOrdered(value: JsonObject): boolean {
  let position = 0;
  for (const name in value) {
    if (position < 2 && ((name !== 'kind' && name !== 'apiVersion') || !value[name])) return false;
    if (position === 2) return name === 'metadata' && typeof value[name] === 'object' && value[name] !== null;
    position += 1;
  }
  return false;
}

/** Kind, version and metadata first: lists leave the first two out of their items. */
function ordered(kind: BodyKind, value: JsonObject): KubeObject {
  if (isOrdered(value)) return value as unknown as KubeObject;
  const { kind: named, apiVersion, metadata, ...rest } = value;
  return {
    kind: (named || kind.kind) as string,
    apiVersion: (apiVersion || apiVersionOf(kind)) as string,
    metadata: (metadata ?? {}) as KubeObject['metadata'],
    ...rest,
  };
}

/** Why nobody can tell what an object is whose kind or version is no text; undefined when both are. */
function namedByNoText(object: KubeObject): string | undefined {
  if (typeof object.kind === 'string' && typeof object.apiVersion === 'string') return undefined;
  const field = typeof object.kind === 'string' ? 'apiVersion' : 'kind';
  return `${jsonPrefix}json: cannot unmarshal ${jsonTypeName(object[field])} into Go struct field .${field} of type string`;
}

function checkKind(services: Services, kind: BodyKind, object: KubeObject, body: Buffer): void {
  const unnamed = namedByNoText(object);
  if (unnamed !== undefined) throw unrecognized(kind, unnamed, body);
  if (kind.custom !== undefined && object.apiVersion === apiVersionOf(kind) && object.kind !== kind.kind) {
    throw otherKind(kind, object);
  }
  const why = otherType(services, kind, object);
  if (why === undefined) return;
  const said = parseApiVersion(object.apiVersion);
  if (object.kind === kind.kind && said.group === kind.group && isKnown(services, object)) {
    const expected = apiVersionOf(kind);
    throw badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  throw badRequest(`${object.kind} in version "${said.version}" cannot be handled as a ${kind.kind}: ${why}`);
}

/** True when some resource, or its lists, have the kind the object says. */
function isKnown(services: Services, { kind, apiVersion }: KubeObject): boolean {
  const { catalogue } = services.registry;
  const { group, version } = parseApiVersion(apiVersion);
  const single = kind.endsWith('List') ? kind.slice(0, -4) : kind;
  return (catalogue.byKind(group, version, kind) ?? catalogue.byKind(group, version, single)) !== undefined;
}

/** Why an object of another kind or version is none of this one; undefined when it is. */
function otherType(services: Services, kind: BodyKind, object: KubeObject): string | undefined {
  if (object.kind === kind.kind && object.apiVersion === apiVersionOf(kind)) return undefined;
  if (!isKnown(services, object)) {
    return `no kind "${object.kind}" is registered for version "${object.apiVersion}" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`;
  }
  const { version } = parseApiVersion(object.apiVersion);
  const target = `${internalName(kind.group)}.${kind.kind}`;
  return `converting (${version}.${object.kind}) to (${target}): unknown conversion`;
}

/** API: a body of another kind is read as the custom kind it was sent to, and refused by its validation. */
function otherKind(kind: BodyKind, object: KubeObject): ApiError {
  kind.custom?.conform(object, () => []);
  const errors = kind.strategy?.validateCreate(object) ?? [];
  return invalidObject(kind.group, object.kind, object.metadata.name ?? '', errors);
}

function internalName(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

/** The object in its form, in place: by its schema type, or by the schema of its definition. */
function conform(services: Services, kind: BodyKind, object: KubeObject): readonly string[] {
  const problems = services.conformer.conform(kind.type, object);
  if (kind.custom === undefined) return problems;
  const inside = kind.custom.conform(object, (metadata) => services.conformer.conform(objectMetaType, metadata));
  return inside.length === 0 ? problems : [...problems, ...inside];
}

function conformed(services: Services, kind: BodyKind, object: KubeObject, source: Source): readonly string[] {
  try {
    return conform(services, kind, object);
  } catch (error) {
    if (!(error instanceof FieldFault)) throw error;
    const first = firstFault(error, source);
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${first}`);
  }
}

/** API: the first mismatch in reading order is named, of YAML that of sorted keys. The walk had metadata first. */
function firstFault({ faults, message }: FieldFault, { decoded, body }: Source): string {
  const isJson = body[0] === 0x7b;
  const order = new Map(Object.keys(decoded.value as object).map((name, index) => [name, index]));
  const before = (a: Fault, b: Fault): boolean => {
    if (!isJson) return comparePaths(a.path, b.path) < 0;
    return (order.get(String(a.path[0])) ?? 0) < (order.get(String(b.path[0])) ?? 0);
  };
  const [first, ...others] = faults;
  if (first === undefined) return message;
  return others.reduce((earliest, fault) => (before(fault, earliest) ? fault : earliest), first).text;
}

function comparePaths(a: Fault['path'], b: Fault['path']): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  const [one, other] = [a[at], b[at]];
  if (one === undefined || other === undefined) return a.length - b.length;
  return one < other ? -1 : 1;
}

function tell(call: Call, kind: BodyKind, problems: readonly string[], validation: FieldValidation): void {
  if (validation === 'Ignore') return;
  if (validation === 'Strict') {
    const cannot = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
    throw badRequest(`${cannot}: ${strictText(problems)}`);
  }
  for (const problem of problems) call.warn(problem);
}

/** Go's YAML reader puts its own sentence before the lines it complains about. */
export function strictText(problems: readonly string[]): string {
  const lines = problems.filter((one) => one.startsWith('line '));
  const others = problems.filter((one) => !one.startsWith('line '));
  const yaml = lines.length > 0 ? [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`] : [];
  return `strict decoding error: ${[...yaml, ...others].join(', ')}`;
}

/** How a patched object is read. */
export interface PatchedReading {
  readonly validation: FieldValidation;
  /** What a refusal shows as the value: the result, or a strategic patch itself. */
  readonly shown: () => string;
  /** How the decoder's words on a value of another type are told; unset: as they are. */
  readonly told?: (fault: string) => string;
}

/** A patched object, in canonical form. */
export function checkPatched(
  services: Services,
  call: Call,
  kind: BodyKind,
  patched: JsonObject,
  how: PatchedReading,
): KubeObject {
  const refuse = (why: string): ApiError => {
    const message = `Invalid value: ${JSON.stringify(how.shown())}: ${why}`;
    return new ApiError('Invalid', ` "" is invalid: patch: ${message}`, {
      details: { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] },
    });
  };
  const object = ordered(kind, patched);
  const other = namedByNoText(object) ?? otherType(services, kind, object);
  if (other !== undefined) throw refuse(other);
  let problems: readonly string[];
  try {
    problems = conform(services, kind, object);
  } catch (error) {
    throw error instanceof FieldFault ? refuse(how.told?.(error.message) ?? error.message) : error;
  }
  if (problems.length > 0 && how.validation === 'Strict') throw refuse(strictText(problems));
  if (problems.length > 0 && how.validation !== 'Ignore') for (const problem of problems) call.warn(problem);
  return object;
}
