/** OpenAPI: the documents kubectl explains and validates with, made when first asked for and kept compressed. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ApiError } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/resource.ts';
import { coracleVersion, kubernetesVersion } from '../../api/version.ts';
import type { Catalogue, GroupVersion, ResourceInfo } from '../../kinds/kind.ts';
import type { Schemas } from '../../kinds/schema.ts';
import type { RemoteApi, RemoteApis } from '../aggregation/remote-apis.ts';
import type { Reply } from '../aggregation/remote-caller.ts';
import type { Document, DocumentRequest, DocumentSource } from '../document.ts';
import { type Pieces, piecesAbout } from './remote-pieces.ts';
import { documentOf, protobufOf } from './write.ts';

/** A document of its own content. */
type NamedDocument = Document & { readonly etag: string };

const json = 'application/json';

/** OpenAPI v2 in Protocol Buffers; clients also ask for it with an @, which is no legal media type to answer with. */
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protobufForms = [protobuf, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'];

/** A document named by its hash never changes. */
const forever = 'public, immutable';
/** API: and it may be kept for a year, in milliseconds. */
const year = 365 * 24 * 3_600_000;

/** `api/v1` or `apis/apps/v1`: how a group version is named in the index of OpenAPI v3. */
function keyOf(groupVersion: { readonly group: string; readonly version: string }): string {
  return groupVersion.group === '' ? `api/${groupVersion.version}` : `apis/${apiVersionOf(groupVersion)}`;
}

const digestOf = (schema: object): string => createHash('sha512').update(JSON.stringify(schema)).digest('base64');

/** Names the content of documents without making them: by the program's version and what is served. */
class ContentHashes {
  /** Digests of the schemas of custom rows. */
  readonly #digests = new WeakMap<ResourceInfo, string>();

  /** The name of the content of a document about these. */
  of(name: string, groupVersions: readonly GroupVersion[]): string {
    const hash = createHash('sha512').update(`${kubernetesVersion.gitVersion} ${coracleVersion} ${name}`);
    for (const { group, version, resources } of groupVersions) {
      for (const info of resources) {
        const { resource, kind, type, verbs, subresources } = info;
        hash.update(
          `\n${group} ${version} ${resource} ${kind} ${type} ${verbs.join()} ${[...subresources.keys()].join()}`,
        );
        hash.update(this.#digest(info));
      }
    }
    return hash.digest('hex').toUpperCase();
  }

  #digest(info: ResourceInfo): string {
    if (info.custom === undefined) return '';
    let digest = this.#digests.get(info);
    if (digest === undefined) {
      digest = digestOf(info.custom.json);
      this.#digests.set(info, digest);
    }
    return digest;
  }
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

/** Documents of other servers behind this one. */
export interface RemoteDocuments {
  readonly apis: RemoteApis;
  document(api: RemoteApi, path: string, accept: string): Promise<Reply>;
}

/** What the documents are made of. */
export interface OpenApiOptions {
  readonly catalogue: Catalogue;
  readonly schemas: Schemas;
  /** Unset where there is no aggregation. */
  readonly remotes?: RemoteDocuments;
  /** Unix milliseconds. */
  readonly now: () => number;
}

class PackedOpenApi implements DocumentSource {
  readonly #catalogue: Catalogue;
  readonly #schemas: Schemas;
  readonly #now: () => number;
  readonly #remotes: RemoteDocuments | undefined;
  #generation = '';
  readonly #hashes = new ContentHashes();
  readonly #packed = new Map<string, Promise<NamedDocument>>();
  #paths: Document | undefined;

  constructor(options: OpenApiOptions) {
    this.#catalogue = options.catalogue;
    this.#now = options.now;
    this.#schemas = options.schemas;
    this.#remotes = options.remotes;
  }

  document(request: DocumentRequest): Document | Promise<Document | undefined> | undefined {
    const { path } = request;
    if (!path.startsWith('/openapi/')) return undefined;
    const generation = `${this.#catalogue.generation} ${this.#remotes?.apis.generation ?? 0}`;
    if (this.#generation !== generation) {
      this.#packed.clear();
      this.#paths = undefined;
      this.#generation = generation;
    }
    const rest = path.slice('/openapi/'.length).replace(/\/$/, '');
    if (rest === 'v2') return this.#v2(request.accept);
    if (rest === 'v3') return this.#index(request.accept);
    return rest.startsWith('v3/') ? this.#v3(rest.slice('v3/'.length), request) : undefined;
  }

  #v2(accept: string): Promise<Document> {
    const name = acceptsJson(accept) ? 'v2' : protobuf;
    if (name === protobuf && !protobufForms.some((type) => accept.includes(type))) throw notAcceptable();
    const known = this.#packed.get(name);
    if (known !== undefined) return known;
    if ((this.#remotes?.apis.size ?? 0) === 0) return this.#madeV2(name, undefined);
    return this.#elsewhere().then((more) => this.#madeV2(name, more));
  }

  #madeV2(name: 'v2' | typeof protobuf, more: readonly Pieces[] | undefined): Promise<Document> {
    const groupVersions = this.#catalogue.groupVersions();
    if (name === 'v2') return this.#once(name, () => this.#make('v2', groupVersions, more));
    return this.#once(name, () => {
      const content = { groupVersions, catalogue: this.#catalogue, schemas: this.#schemas };
      const bytes = protobufOf({ ...content, ...(more === undefined ? {} : { more }) });
      return packed(bytes, protobuf, this.#etagOf(name, groupVersions, more));
    });
  }

  /** What other servers describe; those that cannot say are left out until they are seen again. */
  async #elsewhere(): Promise<Pieces[]> {
    const remotes = this.#remotes;
    if (remotes === undefined) return [];
    const described = [...remotes.apis.all()].filter((api) => remotes.apis.resources(api) !== undefined);
    const pieces = described.map(async (api) => {
      const { status, body } = await remotes.document(api, '/openapi/v2', json);
      return status === 200 ? [piecesAbout(`${api.group}/${api.version}`, body.toString('utf8'))] : [];
    });
    return (await Promise.allSettled(pieces)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  }

  #etagOf(name: string, groupVersions: readonly GroupVersion[], more: readonly Pieces[] | undefined): string {
    const own = this.#hashes.of(name, groupVersions);
    if (more === undefined) return `"${own}"`;
    return `"${createHash('sha512').update(own).update(JSON.stringify(more)).digest('hex').toUpperCase()}"`;
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
      paths[key] = { serverRelativeURL: `/openapi/v3/${key}?hash=${this.#hashes.of(key, [groupVersion])}` };
    }
    for (const api of this.#remotes?.apis.all() ?? []) {
      const serverRelativeURL = this.#remotes?.apis.description(api)?.openApi;
      const key = keyOf(api);
      if (serverRelativeURL === undefined) delete paths[key];
      else paths[key] = { serverRelativeURL };
    }
    return { contentType: json, bytes: Buffer.from(JSON.stringify({ paths })) };
  }

  #v3(key: string, request: DocumentRequest): Document | Promise<Document | undefined> | undefined {
    const [, group = '', version = ''] = key.split('/');
    const api = this.#remotes?.apis.find(group, version);
    if (api !== undefined && key === keyOf(api)) return this.#theirs(api, request);
    const groupVersion = this.#catalogue.groupVersions().find((one) => keyOf(one) === key);
    if (groupVersion === undefined) return undefined;
    if (!acceptsJson(request.accept)) throw notAcceptable();
    return this.#once(key, () => this.#make(key, [groupVersion])).then((one) => this.#asNamed(key, one, request));
  }

  /** A document as it is asked for, be it by the hash of its content. */
  #asNamed(key: string, document: NamedDocument, request: DocumentRequest): Document {
    const named = request.query.get('hash');
    if (named === null || named === '') return document;
    if (`"${named}"` !== document.etag) {
      return { ...document, movedTo: `/openapi/v3/${key}?hash=${document.etag.slice(1, -1)}` };
    }
    return { ...document, cache: forever, headers: ['Expires', new Date(this.#now() + year).toUTCString()] };
  }

  /** The document of a version another server answers, as that server has it. */
  async #theirs(api: RemoteApi, { path, accept, query }: DocumentRequest): Promise<Document | undefined> {
    const remotes = this.#remotes;
    if (remotes?.apis.description(api) === undefined) return undefined;
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    const reply = await remotes.document(api, `${path}${search}`, accept || json).catch(() => undefined);
    return reply?.status === 200 ? { contentType: reply.type || json, bytes: reply.body } : undefined;
  }

  #make(name: string, groupVersions: readonly GroupVersion[], more?: readonly Pieces[]): Promise<NamedDocument> {
    const text = documentOf({
      dialect: name === 'v2' ? 'v2' : 'v3',
      groupVersions,
      catalogue: this.#catalogue,
      schemas: this.#schemas,
      ...(more === undefined ? {} : { more }),
    });
    const etag = this.#etagOf(name, groupVersions, more);
    return packed(Buffer.from(text), json, etag);
  }

  /** What `make` makes, made once as long as the same is served. */
  #once(name: string, make: () => Promise<NamedDocument>): Promise<NamedDocument> {
    let document = this.#packed.get(name);
    if (document === undefined) {
      document = make();
      this.#packed.set(name, document);
    }
    return document;
  }
}

const squeeze = promisify(gzip);

/** Packs a document. Big ones take seconds, so that is done beside everything else. */
async function packed(bytes: Buffer, contentType: string, etag: string): Promise<NamedDocument> {
  return { contentType, bytes: { gzip: await squeeze(bytes), length: bytes.length }, etag };
}

/** The OpenAPI documents of `catalogue`: /openapi/v2, /openapi/v3 and what lies below. */
export function createOpenApi(options: OpenApiOptions): DocumentSource {
  return new PackedOpenApi(options);
}
