/** Requests of all kinds, most of them wrong in one way or another. */
import { stringify } from 'yaml';
import type { Catalogue, ResourceInfo, SubresourceInfo } from '../../../hub/kinds/kind.ts';
import { Protobuf, protobufType } from '../../../hub/kinds/protobuf/protobuf.ts';
import type { Schemas } from '../../../hub/kinds/schema.ts';
import { AnyObject } from './any-object.ts';
import { brokenBytes } from './broken-bytes.ts';
import { costlyBody, costlySelector } from './costly-texts.ts';
import { customObject, definition } from './custom-objects.ts';
import { damage, mutate, nastyNames, nastyValue } from './nasty.ts';
import type { Random } from './random.ts';
import { validFields } from './valid-objects.ts';

/** A request, ready to be sent. */
export interface AnyRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer | undefined;
  /** Bytes to be sent as they are on a connection of their own, in place of all that. */
  readonly raw?: { readonly bytes: Buffer; readonly protocol: 'http/1.1' | 'h2' };
}

const methods = [
  'GET',
  'GET',
  'POST',
  'POST',
  'POST',
  'PUT',
  'PUT',
  'PATCH',
  'PATCH',
  'PATCH',
  'PATCH',
  'DELETE',
] as const;
const oddMethods = ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;
const namespaces = ['default', 'fuzz', 'fuzz', 'fuzz', 'fuzz', 'fuzz', 'kube-system', 'none'] as const;
const names = ['a', 'a', 'b', 'web'] as const;
const bodyTypes = ['text/plain', 'application/x-yaml', 'application/json; charset=utf-16', 'application/', ';', ''];
const accepts = [
  'application/yaml',
  protobufType,
  `${protobufType}, application/json`,
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=Nothing;v=v9;g=meta.k8s.io',
  'text/html',
  '*/*;q=0.1',
  ';;;,,,',
];
const selectors = [
  'app=a',
  'app in (a,b)',
  '!app',
  'app!=a,tier',
  'a>1',
  'app=',
  ',',
  '((',
  'a=b=c',
  'ä=ö',
  '__proto__=a',
];
const parameters: readonly (readonly [string, readonly string[]])[] = [
  ['labelSelector', selectors],
  [
    'fieldSelector',
    ['metadata.name=a', 'spec.nodeName=x', 'status.phase!=Running', 'constructor=1', '=', 'a==', 'a=b,,'],
  ],
  ['limit', ['1', '2', '-1', '0', 'x', '9'.repeat(18), '1e3']],
  ['continue', ['x', 'e30', Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"a/b"}').toString('base64url')]],
  ['resourceVersion', ['0', '1', '5', '-1', 'x', '99999999999999999999', '1.5']],
  ['resourceVersionMatch', ['Exact', 'NotOlderThan', 'x']],
  ['watch', ['true', '1', 'false', 'x']],
  ['timeoutSeconds', ['1', '0', '-1', 'x', '9'.repeat(17)]],
  ['sendInitialEvents', ['true', 'false']],
  ['allowWatchBookmarks', ['true']],
  ['dryRun', ['All', 'x']],
  ['fieldValidation', ['Strict', 'Warn', 'Ignore', 'x']],
  ['fieldManager', ['m', 'ä', '\u0000', 'm'.repeat(200)]],
  ['force', ['true', 'false', 'x']],
  ['propagationPolicy', ['Orphan', 'Foreground', 'Background', 'x']],
  ['gracePeriodSeconds', ['0', '-1', '5', 'x', '9'.repeat(17)]],
  ['includeObject', ['None', 'Object', 'x']],
  ['pretty', ['true']],
  ['__proto__', ['x']],
  ['tailLines', ['1', '-1', 'x']],
  ['command', ['sh', '']],
  ['ports', ['1', 'x']],
];
const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  ['accept', accepts],
  ['accept-encoding', ['gzip', 'gzip;q=0', 'x']],
  ['impersonate-user', ['ann', 'system:serviceaccount:fuzz:a', 'system:node:a', '']],
  ['impersonate-group', ['g', 'system:masters']],
  ['impersonate-extra-%zz', ['x']],
  ['impersonate-uid', ['1']],
  ['authorization', ['Bearer x', 'Bearer', 'Basic YTpi', 'Bearer a.b.c']],
  ['if-none-match', ['"x"']],
  ['upgrade', ['websocket', 'SPDY/3.1', 'x']],
  ['user-agent', ['', '/', 'x'.repeat(300), 'k8s/\u00e4']],
  ['expect', ['100-continue']],
  ['content-encoding', ['gzip']],
];
const oddPaths = [
  '/',
  '//',
  '/api',
  '/apis/',
  '/api/v1/',
  '/api/v1//pods',
  '/api/v1/namespaces//pods',
  '/api/v1/namespaces/fuzz/pods/../../../../etc/passwd',
  '/api/v1/namespaces/fuzz%2fpods',
  '/api/v1/namespaces/%2e%2e/secrets',
  '/api/v1/watch/pods',
  '/api/v1/watch/namespaces/fuzz/pods/a',
  '/api/v1/nodes/a/proxy/metrics',
  '/api/v1/namespaces/fuzz/pods/a/log',
  '/api/v1/namespaces/fuzz/pods/a/exec',
  '/api/v1/namespaces/fuzz/pods/a/eviction',
  '/api/v1/namespaces/fuzz/services/a:80/proxy/x',
  '/apis/apps/v1/namespaces/fuzz/deployments/a/scale',
  '/apis/%',
  '/%c0%af',
  '/healthz/..',
  '/openapi/v2',
  '/openapi/v3/apis/apps/v1?hash=x',
  '/openapi/v3/__proto__',
  '/apis/__proto__/v1',
  '/apis/constructor/v1/toString',
  '/coracle/v1/usage/__proto__',
  '/metrics',
  '/version?x=%',
  '/.well-known/openid-configuration',
  `/${'a'.repeat(7000)}`,
  `/api/v1/namespaces/${'a/'.repeat(2000)}`,
] as const;

/** Makes requests. */
export class AnyRequests {
  readonly #random: Random;
  readonly #catalogue: Catalogue;
  readonly #infos: readonly ResourceInfo[];
  /** Those with valid objects at hand. */
  readonly #known: readonly ResourceInfo[];
  readonly #objects: AnyObject;
  readonly #protobuf = new Protobuf();

  constructor(options: { random: Random; catalogue: Catalogue; schemas: Schemas }) {
    this.#random = options.random;
    this.#catalogue = options.catalogue;
    this.#infos = this.#catalogue.groupVersions().flatMap((one) => one.resources);
    this.#known = this.#infos.filter((info) => validFields(info.kind) !== undefined);
    this.#objects = new AnyObject(options);
  }

  next(): AnyRequest {
    const random = this.#random;
    const odd = this.#odd();
    if (odd !== undefined) return odd;
    const info = random.pick(random.chance(0.6) ? this.#known : this.#infos);
    const method = random.chance(0.02) ? random.pick(oddMethods) : random.pick(methods);
    const name = this.#name();
    const subresource = random.chance(0.2) ? random.pick([...info.subresources.values(), undefined]) : undefined;
    const collection = subresource === undefined && (method === 'POST' || random.chance(method === 'GET' ? 0.5 : 0.03));
    const namespace = random.chance(0.03) ? this.#nastyName() : random.pick(namespaces);
    const path = this.#path(info, namespace, collection ? '' : name, subresource) + this.#query();
    if (method === 'GET' || method === 'HEAD') return { method, path, headers: this.#headers({}), body: undefined };
    const what = method === 'DELETE' ? 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' : undefined;
    if (what !== undefined && random.chance(0.6)) return { method, path, headers: this.#headers({}), body: undefined };
    const object = what === undefined ? this.#object(info, subresource, namespace, name) : this.#deletion(what);
    const { type, body } = method === 'PATCH' ? this.#patch(object) : this.#encoded(info.type, object);
    const contentType = random.chance(0.02) ? random.pick(bodyTypes) : type;
    return {
      method,
      path,
      headers: this.#headers(contentType === '' ? {} : { 'content-type': contentType }),
      body: random.chance(0.06) ? damage(random, body) : body,
    };
  }

  /** Now and then a request of another sort than the usual. */
  #odd(): AnyRequest | undefined {
    const random = this.#random;
    if (random.chance(0.06)) return { ...this.#bare(random.pick(oddPaths)), headers: this.#headers({}) };
    if (random.chance(0.02)) return { method: 'RAW', path: '', headers: {}, body: undefined, raw: brokenBytes(random) };
    if (random.chance(0.02)) return this.#costly();
    if (random.chance(0.1)) return this.#custom();
    return undefined;
  }

  /** Something small that might take long. */
  #costly(): AnyRequest {
    const random = this.#random;
    const info = random.pick(this.#known);
    const path = this.#path(info, 'fuzz', '', undefined);
    if (random.chance(0.3)) {
      const query = `?${random.pick(['labelSelector', 'fieldSelector'])}=${encodeURIComponent(costlySelector(random))}`;
      return { method: random.pick(['GET', 'DELETE']), path: path + query, headers: {}, body: undefined };
    }
    const { type, body, headers } = costlyBody(random);
    const patches = random.chance(0.4);
    const contentType = patches ? random.pick(patchTypes) : type;
    return {
      method: patches ? 'PATCH' : 'POST',
      path: patches ? `${path}/a` : path,
      headers: { ...headers, 'content-type': contentType },
      body,
    };
  }

  /** A definition, or an object of a custom kind. */
  #custom(): AnyRequest {
    const random = this.#random;
    const headers = this.#headers({ 'content-type': 'application/json' });
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    if (random.chance(0.12)) {
      const made = definition(random);
      const body = Buffer.from(JSON.stringify(made));
      if (random.chance(0.7)) return { method: 'POST', path: definitions + this.#query(), headers, body };
      const name = String((made['metadata'] as { name?: unknown } | undefined)?.name);
      const path = `${definitions}/${encodeURIComponent(name)}`;
      if (random.chance(0.4)) return { method: 'DELETE', path, headers, body: undefined };
      return { method: 'PATCH', path, headers: { ...headers, 'content-type': random.pick(patchTypes) }, body };
    }
    const name = this.#name();
    const { path, object } = customObject(random, name);
    const method = random.pick(methods);
    const below = random.chance(0.2) ? random.pick(['/status', '/scale', '/nothing']) : '';
    const whole = method === 'POST' || (method === 'GET' && random.chance(0.5)) ? path : `${path}/${name}${below}`;
    if (method === 'GET' || method === 'DELETE') {
      return { method, path: whole + this.#query(), headers: this.#headers({}), body: undefined };
    }
    const { type, body } = method === 'PATCH' ? this.#patch(object) : this.#encoded('', object);
    return { method, path: whole + this.#query(), headers: { ...headers, 'content-type': type }, body };
  }

  #bare(path: string): { method: string; path: string; body: undefined } {
    return { method: this.#random.pick(['GET', 'GET', 'POST', 'DELETE', 'PUT']), path, body: undefined };
  }

  #nastyName(): string {
    return encodeURIComponent(this.#random.pick(nastyNames).toWellFormed());
  }

  #name(): string {
    return this.#random.chance(0.05) ? this.#nastyName() : this.#random.pick(names);
  }

  #path(info: ResourceInfo, namespace: string, name: string, subresource: SubresourceInfo | undefined): string {
    const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
    const within = info.namespaced && !this.#random.chance(0.05) ? `/namespaces/${namespace}` : '';
    const below = subresource === undefined ? '' : `/${subresource.name}`;
    return `${root}${within}/${info.resource}${name === '' ? '' : `/${name}`}${below}`;
  }

  #query(): string {
    const random = this.#random;
    const query = new URLSearchParams();
    while (random.chance(0.3)) {
      const [name, values] = random.pick(parameters);
      query.append(name, random.pick(values));
    }
    if (random.chance(0.01)) query.append(random.pick(nastyNames).toWellFormed(), 'x');
    const text = query.toString();
    return text === '' ? '' : `?${text}`;
  }

  #headers(base: Record<string, string>): Record<string, string> {
    const headers = { ...base };
    while (this.#random.chance(0.08)) {
      const [name, values] = this.#random.pick(oddHeaders);
      headers[name] = this.#random.pick(values);
    }
    return headers;
  }

  #object(info: ResourceInfo, sub: SubresourceInfo | undefined, namespace: string, name: string): object {
    const random = this.#random;
    const other = sub !== undefined && sub.kind !== info.kind;
    const group = other ? (sub.group ?? info.group) : info.group;
    const version = other ? (sub.version ?? info.version) : info.version;
    const kind = other ? sub.kind : info.kind;
    const known = other ? this.#catalogue.byKind(group, version, kind)?.type : info.type;
    const valid = other || random.chance(0.2) ? undefined : validFields(info.kind);
    const object = {
      ...(valid ?? this.#objects.of(known ?? 'io.k8s.api.autoscaling.v1.Scale')),
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata: this.#metadata(info, namespace, name),
    };
    const times = random.pick([0, 0, 1, 1, 2, 4]);
    for (let time = 0; time < times; time += 1) mutate(random, object);
    return object;
  }

  #deletion(type: string): object {
    const options = { ...this.#objects.of(type), apiVersion: 'v1', kind: 'DeleteOptions' };
    if (this.#random.chance(0.3)) mutate(this.#random, options);
    return options;
  }

  #metadata(info: ResourceInfo, namespace: string, name: string): object {
    const random = this.#random;
    return {
      name,
      ...(info.namespaced ? { namespace } : {}),
      ...(random.chance(0.4) ? { labels: { app: random.pick(['a', 'b']) } } : {}),
      ...(random.chance(0.1) ? { annotations: { [random.pick(nastyNames)]: nastyValue(random) } } : {}),
      ...(random.chance(0.05) ? { finalizers: [random.pick(['example.com/f', 'orphan', 'x'])] } : {}),
      ...(random.chance(0.05) ? { generateName: random.pick(nastyNames) } : {}),
      ...(random.chance(0.05) ? { resourceVersion: random.pick(['', '0', '1', 'x', '-1']) } : {}),
      ...(random.chance(0.03) ? { managedFields: [nastyValue(random)] } : {}),
      ...(random.chance(0.03)
        ? { ownerReferences: [this.#objects.of('io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference')] }
        : {}),
    };
  }

  #patch(object: object): { type: string; body: Buffer } {
    const random = this.#random;
    const type = random.pick(patchTypes);
    if (type !== 'application/json-patch+json') return { type, body: Buffer.from(JSON.stringify(object)) };
    const steps: object[] = Array.from({ length: 1 + random.below(4) }, () => ({
      op: random.pick(['add', 'add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: this.#pointer(),
      from: this.#pointer(),
      value: random.chance(0.5) ? nastyValue(random) : object,
    }));
    if (random.chance(0.2)) mutate(random, steps);
    return { type, body: Buffer.from(JSON.stringify(steps)) };
  }

  #pointer(): string {
    const parts = ['metadata', 'labels', 'spec', 'data', 'a', '0', '-', '-1', 'name', 'containers', 'status', 'kind'];
    const random = this.#random;
    let pointer = '';
    while (random.chance(0.7)) pointer += `/${random.pick(random.chance(0.1) ? nastyNames : parts)}`;
    return pointer;
  }

  #encoded(type: string, object: object): { type: string; body: Buffer } {
    const way = this.#random.below(10);
    if (way === 0) return { type: 'application/yaml', body: Buffer.from(yamlOf(object)) };
    if (way <= 2) {
      const body = encodeOr(() => this.#protobuf.encode(type, object));
      if (body !== undefined) return { type: protobufType, body };
    }
    return { type: 'application/json', body: Buffer.from(JSON.stringify(object)) };
  }
}

/** Not everything nasty can be said in the careful form; then it is said in JSON, which is YAML too. */
function yamlOf(object: object): string {
  try {
    return stringify(object);
  } catch {
    return JSON.stringify(object);
  }
}

function encodeOr(encode: () => Buffer | undefined): Buffer | undefined {
  try {
    return encode();
  } catch {
    return undefined;
  }
}
