/** From a request's bytes to an object of the kind its URL says, with Kubernetes' sentences for what is wrong. */
import { type ApiError, badRequest } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf, parseApiVersion } from '../api/resource.ts';
import type { Conformer } from './conform.ts';
import { type Decoded, decodeJson, decodeYaml, SyntaxFault, summarize } from './decode.ts';
import type { Catalogue } from './kind.ts';
import { FieldFault } from './scalar.ts';

/** What a body must be. */
export interface Expected {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Its schema type. */
  readonly type: string;
}

/** A decoded object and what to warn about (or refuse, when validation is strict). */
export interface DecodedObject<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** `unknown field "spec.x"`, `duplicate field "data.a"`, in Kubernetes' words. */
  readonly problems: readonly string[];
}

/** Decodes bodies. One for the whole hub. */
export interface ObjectDecoder {
  /** Decodes, checks apiVersion and kind (absent ones are filled in) and conforms. Throws BadRequest. */
  decode(body: Buffer, expected: Expected): DecodedObject;
  /** The same for YAML bodies. */
  decodeYaml(body: Buffer, expected: Expected): Promise<DecodedObject>;
}

/** The name under which Kubernetes registers its kinds, as it stands in its errors. */
const scheme = 'scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** 400: the body is of this kind, but cannot be read as the expected one. */
export function cannotHandle(actual: { kind: string; version: string }, expected: string, why: string): ApiError {
  return badRequest(`${actual.kind} in version "${actual.version}" cannot be handled as a ${expected}: ${why}`);
}

function unrecognized(body: Buffer, expected: Expected, why: string): ApiError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summarize(body)})`,
  );
}

/** What strict validation says of the problems of a body. Keys set twice in YAML come as its parser lists them. */
export function strictFault(problems: readonly string[]): string {
  const lines = problems.filter((problem) => problem.startsWith('line '));
  const others = problems.filter((problem) => !problem.startsWith('line '));
  const yaml = lines.length === 0 ? [] : [`yaml: unmarshal errors:${lines.map((line) => `\n  ${line}`).join('')}`];
  return `strict decoding error: ${[...yaml, ...others].join(', ')}`;
}

/** 400: fieldValidation is Strict and there were problems. */
export function strictError(expected: Expected, problems: readonly string[]): ApiError {
  return cannotHandle(expected, expected.kind, strictFault(problems));
}

/** The JSON type of a value, as Go names it. */
function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Go reads apiVersion and kind first, into a struct of these two. */
function readKind(value: unknown, body: Buffer, expected: Expected): { apiVersion: string; kind: string } {
  const fault = (why: string): ApiError =>
    unrecognized(body, expected, `couldn't get version/kind; json parse error: json: cannot unmarshal ${why}`);
  if (value === null) return { apiVersion: '', kind: '' };
  if (!isObject(value)) {
    const struct =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    throw fault(`${goKind(value)} into Go value of type ${struct}`);
  }
  const { apiVersion = '', kind = '' } = value;
  for (const [name, field] of Object.entries({ apiVersion, kind })) {
    if (typeof field !== 'string' && field !== null) {
      throw fault(`${goKind(field)} into Go struct field .${name} of type string`);
    }
  }
  return { apiVersion: typeof apiVersion === 'string' ? apiVersion : '', kind: typeof kind === 'string' ? kind : '' };
}

/** Go's name of the package a group's internal types live in. */
function internalPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

class CatalogueDecoder implements ObjectDecoder {
  readonly #catalogue: Catalogue;
  readonly #conformer: Conformer;

  constructor(options: { catalogue: Catalogue; conformer: Conformer }) {
    this.#catalogue = options.catalogue;
    this.#conformer = options.conformer;
  }

  decode(body: Buffer, expected: Expected): DecodedObject {
    let decoded: Decoded;
    try {
      decoded = decodeJson(body);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      throw unrecognized(body, expected, `couldn't get version/kind; json parse error: ${error.message}`);
    }
    return this.#finish(decoded, body, expected);
  }

  async decodeYaml(body: Buffer, expected: Expected): Promise<DecodedObject> {
    let decoded: Decoded;
    try {
      decoded = await decodeYaml(body);
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      throw unrecognized(body, expected, error.message);
    }
    return this.#finish(decoded, body, expected);
  }

  #finish(decoded: Decoded, body: Buffer, expected: Expected): DecodedObject {
    const { apiVersion, kind } = readKind(decoded.value, body, expected);
    const object = (decoded.value ?? {}) as KubeObject;
    const wanted = apiVersionOf(expected);
    if (apiVersion !== wanted || kind !== expected.kind) this.#fillIn(object, { apiVersion, kind }, expected);
    try {
      const unknown = this.#conformer.conform(expected.type, object);
      return { object, problems: decoded.duplicates.length === 0 ? unknown : [...decoded.duplicates, ...unknown] };
    } catch (error) {
      if (!(error instanceof FieldFault)) throw error;
      throw cannotHandle(expected, expected.kind, error.message);
    }
  }

  /** Completes what the body does not say of its kind; throws when it says another one. */
  #fillIn(object: KubeObject, said: { apiVersion: string; kind: string }, expected: Expected): void {
    const apiVersion = said.apiVersion === '' ? apiVersionOf(expected) : said.apiVersion;
    const kind = said.kind === '' ? expected.kind : said.kind;
    if (apiVersion !== apiVersionOf(expected) || kind !== expected.kind) {
      throw this.#wrongKind(apiVersion, kind, expected);
    }
    object.apiVersion = apiVersion;
    object.kind = kind;
  }

  #wrongKind(apiVersion: string, kind: string, expected: Expected): ApiError {
    const { group, version } = parseApiVersion(apiVersion);
    const isList = kind.endsWith('List') && this.#catalogue.byKind(group, version, kind.slice(0, -4)) !== undefined;
    if (!isList && this.#catalogue.byKind(group, version, kind) === undefined) {
      const why = `no kind "${kind}" is registered for version "${apiVersion}" in ${scheme}`;
      return cannotHandle({ kind, version }, expected.kind, why);
    }
    if (group === expected.group && kind === expected.kind) {
      const why = `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(expected)})`;
      return badRequest(why);
    }
    const why = `converting (${version}.${kind}) to (${internalPackage(expected.group)}.${expected.kind}): unknown conversion`;
    return cannotHandle({ kind, version }, expected.kind, why);
  }
}

/** The decoder of the hub's requests. */
export function createDecoder(options: { catalogue: Catalogue; conformer: Conformer }): ObjectDecoder {
  return new CatalogueDecoder(options);
}
