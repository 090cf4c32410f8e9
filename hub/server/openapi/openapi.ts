/** OpenAPI: the documents kubectl explains and validates with, made when first asked for and kept compressed. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ApiError } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/resource.ts';
import { coracleVersion, kubernetesVersion } from '../../api/version.ts';
import type { Catalogue, GroupVersion } from '../../kinds/kind.ts';
import type { Schemas } from '../../kinds/schema.ts';
import type { Document, DocumentRequest, DocumentSource } from '../document.ts';
import { documentOf, protobufOf } from './write.ts';

/** A document that was made. */
interface Packed {
  readonly gzip: Buffer;
  readonly contentType: string;
  readonly etag: string;
}

const json = 'application/json';

/** OpenAPI v2 in Protocol Buffers; clients also ask for it with an @, which is no legal media type to answer with. */
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protobufForms = [protobuf, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'];

/** A document named by its hash never changes. */
const forever = ['Cache-Control', 'public, max-age=31536000, immutable'];

/** `api/v1` or `apis/apps/v1`: how a group version is named in the index of OpenAPI v3. */
function keyOf(groupVersion: GroupVersion): string {
  return groupVersion.group === '' ? `api/${groupVersion.version}` : `apis/${apiVersionOf(groupVersion)}`;
}

/** A name for the content of a document without making it: the program's version and what is served. */
function contentHash(name: string, groupVersions: readonly GroupVersion[]): string {
  const hash = createHash('sha512').update(`${kubernetesVersion.gitVersion} ${coracleVersion} ${name}`);
  for (const { group, version, resources } of groupVersions) {
    for (const { resource, kind, type, verbs, subresources, custom } of resources) {
      hash.update(
        `\n${group} ${version} ${resource} ${kind} ${type} ${verbs.join()} ${[...subresources.keys()].join()}`,
      );
      if (custom !== undefined) hash.update(JSON.stringify(custom.schema.json));
    }
  }
  return hash.digest('hex').toUpperCase();
}

function acceptsJson(accept: string): boolean {
  return (
    accept === '' ||
    accept.split(',').some((part) => /^\s*(application\/json|application\/\*|\*\/\*)\s*(;|$)/.test(part))
  );
}

function notAcceptable(): ApiError {
  return new ApiError('NotAcceptable', `only the following media types are accepted: ${json}`);
}

class PackedOpenApi implements DocumentSource {
  readonly #catalogue: Catalogue;
  readonly #schemas: Schemas;
  #generation = -1;
  readonly #packed = new Map<string, Packed>();
  #paths: Document | undefined;

  constructor(options: { catalogue: Catalogue; schemas: Schemas }) {
    this.#catalogue = options.catalogue;
    this.#schemas = options.schemas;
  }

  document(request: DocumentRequest): Document | undefined {
    const { path } = request;
    if (!path.startsWith('/openapi/')) return undefined;
    if (this.#generation !== this.#catalogue.generation) {
      this.#packed.clear();
      this.#paths = undefined;
      this.#generation = this.#catalogue.generation;
    }
    const rest = path.slice('/openapi/'.length).replace(/\/$/, '');
    if (rest === 'v2') return this.#v2(request.accept);
    if (rest === 'v3') return this.#index(request.accept);
    return rest.startsWith('v3/') ? this.#v3(rest.slice('v3/'.length), request) : undefined;
  }

  #v2(accept: string): Document {
    const groupVersions = this.#catalogue.groupVersions();
    if (acceptsJson(accept)) return this.#unpack('v2', () => this.#pack('v2', groupVersions));
    if (!protobufForms.some((type) => accept.includes(type))) throw notAcceptable();
    return this.#unpack(protobuf, () => {
      const bytes = protobufOf({ groupVersions, catalogue: this.#catalogue, schemas: this.#schemas });
      return { gzip: gzipSync(bytes), contentType: protobuf, etag: `"${contentHash(protobuf, groupVersions)}"` };
    });
  }

  #index(accept: string): Document {
    if (!acceptsJson(accept)) throw notAcceptable();
    this.#paths ??= this.#makeIndex();
    return this.#paths;
  }

  #makeIndex(): Document {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const groupVersion of this.#catalogue.groupVersions()) {
      const key = keyOf(groupVersion);
      paths[key] = { serverRelativeURL: `/openapi/v3/${key}?hash=${contentHash(key, [groupVersion])}` };
    }
    return { contentType: json, bytes: Buffer.from(JSON.stringify({ paths })) };
  }

  #v3(key: string, request: DocumentRequest): Document | undefined {
    const groupVersion = this.#catalogue.groupVersions().find((one) => keyOf(one) === key);
    if (groupVersion === undefined) return undefined;
    if (!acceptsJson(request.accept)) throw notAcceptable();
    const document = this.#unpack(key, () => this.#pack(key, [groupVersion]));
    const named = request.query.get('hash');
    if (named === null || `"${named}"` !== document.etag) return document;
    return { ...document, headers: forever };
  }

  #pack(name: string, groupVersions: readonly GroupVersion[]): Packed {
    const text = documentOf({
      dialect: name === 'v2' ? 'v2' : 'v3',
      groupVersions,
      catalogue: this.#catalogue,
      schemas: this.#schemas,
    });
    return { gzip: gzipSync(text, { level: 6 }), contentType: json, etag: `"${contentHash(name, groupVersions)}"` };
  }

  #unpack(name: string, make: () => Packed): Document {
    let packed = this.#packed.get(name);
    if (packed === undefined) {
      packed = make();
      this.#packed.set(name, packed);
    }
    return { contentType: packed.contentType, bytes: gunzipSync(packed.gzip), etag: packed.etag };
  }
}

/** The OpenAPI documents of `catalogue`: /openapi/v2, /openapi/v3 and what lies below. */
export function createOpenApi(options: { catalogue: Catalogue; schemas: Schemas }): DocumentSource {
  return new PackedOpenApi(options);
}
