/** Requests with every field of every kind, and of what its subresources take, being what nobody thought of. */
import { typeOf } from '../../../hub/kinds/built-in.ts';
import type { Catalogue, ResourceInfo, SubresourceInfo } from '../../../hub/kinds/kind.ts';
import { Protobuf, protobufType } from '../../../hub/kinds/protobuf/protobuf.ts';
import type { Schemas } from '../../../hub/kinds/schema.ts';
import type { AnyRequest } from './any-request.ts';
import { FieldVariants, type Variant } from './field-variants.ts';
import { baseObject } from './valid-objects.ts';

const namespace = 'fuzz';
const merge = 'application/merge-patch+json';
const patches = [merge, 'application/strategic-merge-patch+json'] as const;
const tables = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const accepts = [tables, protobufType, 'application/json'] as const;
/** Metadata is the same everywhere. */
const metadataOf = 'ConfigMap';
const deletion = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

function request(method: string, path: string, body?: object, type = 'application/json', accept = ''): AnyRequest {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const headers = { ...(bytes === undefined ? {} : { 'content-type': type }), ...(accept === '' ? {} : { accept }) };
  return { method, path, headers, body: bytes };
}

/** `.spec.ports[0].name` and null as a merge patch. */
function nullAt(what: string): object {
  const names = what
    .replace(/ = null.*/, '')
    .replaceAll('[0]', '')
    .split('.')
    .slice(1);
  return names.reduceRight<unknown>((inner, name) => ({ [name]: inner }), null) as object;
}

/** Makes them: groups of requests that follow each other. */
export class FieldRequests {
  readonly #catalogue: Catalogue;
  readonly #schemas: Schemas;
  readonly #variants: FieldVariants;
  readonly #protobuf = new Protobuf();
  readonly #depth: number;
  #count = 0;

  /** `depth`: how many objects deep fields are looked at. */
  constructor(options: { catalogue: Catalogue; schemas: Schemas; depth: number }) {
    this.#catalogue = options.catalogue;
    this.#schemas = options.schemas;
    this.#variants = new FieldVariants(options.schemas);
    this.#depth = options.depth;
  }

  *groups(): Generator<AnyRequest[]> {
    for (const { resources } of this.#catalogue.groupVersions()) {
      for (const info of resources) if (info.verbs.includes('create')) yield [this.#base(info)];
    }
    const seen = new Set<string>();
    for (const { resources } of this.#catalogue.groupVersions()) {
      for (const info of resources) yield* this.#ofKind(info, seen);
    }
    const [configMaps] = this.#catalogue.stored().filter(({ kind }) => kind === metadataOf);
    if (configMaps === undefined) return;
    for (const { object } of this.#of(deletion, {}, new Set()))
      yield [request('DELETE', `${this.#path(configMaps)}/base?dryRun=All`, object)];
  }

  #base(info: ResourceInfo): AnyRequest {
    return request('POST', this.#path(info), baseObject(this.#schemas, info, namespace));
  }

  #path(info: ResourceInfo): string {
    const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
    return `${root}${info.namespaced ? `/namespaces/${namespace}` : ''}/${info.resource}`;
  }

  #of(type: string, base: object, seen: Set<string>): Generator<Variant> {
    return this.#variants.of(type, base as Record<string, unknown>, { depth: this.#depth, all: true, seen });
  }

  *#ofKind(info: ResourceInfo, seen: Set<string>): Generator<AnyRequest[]> {
    const base = baseObject(this.#schemas, info, namespace);
    const name = base.metadata.name ?? '';
    const one = `${this.#path(info)}/${name}`;
    if (info.verbs.includes('create')) {
      for (const variant of this.#of(info.type, base, seen)) {
        if (variant.what.startsWith('.metadata.') && info.kind !== metadataOf) continue;
        yield info.verbs.includes('get') ? this.#stored(info, name, variant) : this.#asked(info, variant);
      }
    }
    for (const sub of info.subresources.values()) {
      if (!sub.connect && sub.kind !== info.kind) yield* this.#below(info, sub, `${one}/${sub.name}?dryRun=All`, name);
    }
  }

  /** What is answered and not stored. */
  #asked(info: ResourceInfo, { object }: Variant): AnyRequest[] {
    return [request('POST', this.#path(info), object), request('POST', `${this.#path(info)}?dryRun=All`, object)];
  }

  *#below(info: ResourceInfo, sub: SubresourceInfo, path: string, name: string): Generator<AnyRequest[]> {
    const { group, version } = { group: info.group, version: info.version, ...sub };
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const base = { apiVersion, kind: sub.kind, metadata: { name, ...(info.namespaced ? { namespace } : {}) } };
    for (const { object } of this.#of(typeOf(group, version, sub.kind), base, new Set())) {
      if (sub.verbs.includes('create')) yield [request('POST', path, object)];
      if (sub.verbs.includes('update')) yield [request('PUT', path, object), request('PATCH', path, object, merge)];
    }
  }

  #stored(info: ResourceInfo, name: string, { what, object }: Variant): AnyRequest[] {
    const all = this.#path(info);
    const dry = `${all}/${name}?dryRun=All`;
    const accept = accepts[this.#count++ % accepts.length] ?? '';
    const { apiVersion, kind, metadata, ...fields } = object;
    const steps = Object.entries(fields).map(([field, value]) => ({ op: 'add', path: `/${field}`, value }));
    const group = [
      request('POST', `${all}?dryRun=All`, object, 'application/json', accept),
      request('PUT', dry, object, 'application/json', accept),
      request('PATCH', dry, steps, 'application/json-patch+json', accept),
      ...this.#really(info, object),
    ];
    for (const sub of info.subresources.values()) {
      if (sub.connect || sub.kind !== info.kind || !sub.verbs.includes('update')) continue;
      const path = `${all}/${name}/${sub.name}`;
      group.push(request('PATCH', `${path}?dryRun=All`, steps, 'application/json-patch+json', accept));
      if (sub.name === 'status' && what.startsWith('.status'))
        group.push(request('PATCH', path, object, merge, accept));
    }
    if (what.includes(' = null')) {
      for (const type of patches) group.push(request('PATCH', dry, nullAt(what), type));
      group.push(request('PATCH', `${dry}&fieldManager=x&force=true`, object, 'application/apply-patch+yaml'));
      const bytes = this.#message(info, object);
      if (bytes !== undefined) group.push(request('POST', `${all}?dryRun=All`, bytes, protobufType, protobufType));
    }
    return group;
  }

  /** Created, looked at, replaced and deleted under a name of its own. */
  #really(info: ResourceInfo, object: Record<string, unknown>): AnyRequest[] {
    const all = this.#path(info);
    const base = baseObject(this.#schemas, info, namespace);
    const metadata = object['metadata'] as { name?: unknown } | null | undefined;
    if (metadata?.name !== 'base') return [];
    const name = `v-${this.#count}`;
    const path = `${all}/${name}`;
    return [
      request('POST', all, { ...object, metadata: { ...metadata, name } }),
      request('GET', path, undefined, '', tables),
      request('GET', path, undefined, '', protobufType),
      request('PUT', path, { ...base, metadata: { ...base.metadata, name } }),
      request('DELETE', `${path}?gracePeriodSeconds=0`),
    ];
  }

  /** Not everything can be said in a message. */
  #message(info: ResourceInfo, object: object): Buffer | undefined {
    try {
      return this.#protobuf.encode(info.type, object);
    } catch {
      return undefined;
    }
  }
}
