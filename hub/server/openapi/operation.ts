/** What can be done with a resource, as OpenAPI paths and operations; both dialects are written from this. */
import { typeOf } from '../../kinds/built-in.ts';
import type { ResourceInfo, SubresourceInfo } from '../../kinds/kind.ts';
import type { Gvk } from './schema-json.ts';

/** A parameter in the query of an operation. */
export interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

/** One method of one path. */
export interface Operation {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch';
  readonly id: string;
  /** x-kubernetes-action. */
  readonly action: string;
  readonly kind: Gvk;
  readonly query: readonly QueryParameter[];
  /** Schema type of the body, and what it may be sent as. */
  readonly body: string | undefined;
  readonly consumes: readonly string[];
  /** Schema type of the answer; undefined when it is no object. */
  readonly answer: string | undefined;
}

/** A path, the parameters in it, and its methods. */
export interface PathItem {
  readonly path: string;
  readonly parameters: readonly string[];
  readonly operations: readonly Operation[];
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const anyType = ['*/*'];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** API: custom resources know no strategic merge. */
function patchTypesOf(info: ResourceInfo): readonly string[] {
  return info.custom === undefined ? patchTypes : patchTypes.filter((type) => !type.includes('strategic'));
}

const text = (name: string): QueryParameter => ({ name, type: 'string' });
const whole = (name: string): QueryParameter => ({ name, type: 'integer' });
const yes = (name: string): QueryParameter => ({ name, type: 'boolean' });

const pretty = text('pretty');
const writing = [text('dryRun'), text('fieldManager'), text('fieldValidation')];
const deleting = [
  text('dryRun'),
  whole('gracePeriodSeconds'),
  yes('ignoreStoreReadErrorWithClusterBreakingPotential'),
  yes('orphanDependents'),
  text('propagationPolicy'),
];
const listing = [
  yes('allowWatchBookmarks'),
  text('continue'),
  text('fieldSelector'),
  text('labelSelector'),
  whole('limit'),
  text('resourceVersion'),
  text('resourceVersionMatch'),
  yes('sendInitialEvents'),
  whole('timeoutSeconds'),
  yes('watch'),
];

/** What one API verb is in OpenAPI. */
interface VerbFacts {
  readonly method: Operation['method'];
  readonly action: string;
  readonly word: string;
  readonly query: readonly QueryParameter[];
  readonly body: 'kind' | 'patch' | 'options' | undefined;
  readonly answer: 'kind' | 'list' | 'status';
}

const verbs: Readonly<Record<string, VerbFacts>> = {
  list: { method: 'get', action: 'list', word: 'list', query: listing, body: undefined, answer: 'list' },
  get: { method: 'get', action: 'get', word: 'read', query: [], body: undefined, answer: 'kind' },
  create: { method: 'post', action: 'post', word: 'create', query: writing, body: 'kind', answer: 'kind' },
  update: { method: 'put', action: 'put', word: 'replace', query: writing, body: 'kind', answer: 'kind' },
  patch: {
    method: 'patch',
    action: 'patch',
    word: 'patch',
    query: [...writing, yes('force')],
    body: 'patch',
    answer: 'kind',
  },
  delete: { method: 'delete', action: 'delete', word: 'delete', query: deleting, body: 'options', answer: 'status' },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    word: 'deleteCollection',
    query: [...deleting, ...listing.filter(({ name }) => name !== 'watch' && name !== 'allowWatchBookmarks')],
    body: 'options',
    answer: 'status',
  },
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** What operations are about. */
interface Target {
  readonly info: ResourceInfo;
  readonly kind: Gvk;
  readonly type: string;
  readonly namespaced: boolean;
  /** Told apart in operation ids: `Status`, `ForAllNamespaces`. */
  readonly suffix: string;
}

function operation(verb: string, target: Target): Operation | undefined {
  const facts = verbs[verb];
  if (facts === undefined) return undefined;
  const { info, kind, type } = target;
  const group = info.group === '' ? 'Core' : capital(info.group.split('.')[0] ?? '');
  const scope = target.namespaced ? 'Namespaced' : '';
  const answers = { kind: type, list: `${type}List`, status: `${meta}.Status` };
  const bodies = { kind: type, patch: `${meta}.Patch`, options: `${meta}.DeleteOptions` };
  return {
    method: facts.method,
    id: `${facts.word}${group}${capital(info.version)}${scope}${info.kind}${target.suffix}`,
    action: facts.action,
    kind,
    query: [pretty, ...facts.query],
    body: facts.body === undefined ? undefined : bodies[facts.body],
    consumes: facts.body === 'patch' ? patchTypesOf(info) : anyType,
    answer: answers[facts.answer],
  };
}

function operations(names: readonly string[], allowed: readonly string[], target: Target): Operation[] {
  return names.flatMap((name) => (allowed.includes(name) ? (operation(name, target) ?? []) : []));
}

/** Exec, attach, port-forward, proxy and log: their answers are streams. */
function connectOperations(sub: SubresourceInfo, target: Target): Operation[] {
  const methods: Readonly<Record<string, Operation['method']>> = {
    get: 'get',
    create: 'post',
    update: 'put',
    patch: 'patch',
    delete: 'delete',
  };
  return sub.verbs.flatMap((verb) => {
    const method = methods[verb];
    const made = method === undefined ? undefined : operation(verb, target);
    if (method === undefined || made === undefined) return [];
    const id = made.id.replace(/^[a-z]+/, `connect${capital(method)}`);
    return [{ ...made, id, action: 'connect', query: [], body: undefined, answer: undefined }];
  });
}

function subresourceOperations(info: ResourceInfo, sub: SubresourceInfo): Operation[] {
  const group = sub.group ?? info.group;
  const version = sub.version ?? info.version;
  const kind: Gvk = { group, kind: sub.kind, version };
  const type = sub.kind === info.kind ? info.type : typeOf(group, version, sub.kind);
  const target: Target = { info, kind, type, namespaced: info.namespaced, suffix: capital(sub.name) };
  if (sub.connect) return connectOperations(sub, target);
  if (sub.name === 'log') return operations(['get'], sub.verbs, target).map((one) => ({ ...one, answer: undefined }));
  return operations(['get', 'update', 'create', 'patch'], sub.verbs, target);
}

/** Every path of a resource. */
export function pathsOf(info: ResourceInfo): PathItem[] {
  const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
  const base = info.namespaced ? `${root}/namespaces/{namespace}/${info.resource}` : `${root}/${info.resource}`;
  const scope = info.namespaced ? ['namespace'] : [];
  const kind: Gvk = { group: info.group, kind: info.kind, version: info.version };
  const target: Target = { info, kind, type: info.type, namespaced: info.namespaced, suffix: '' };
  const items: PathItem[] = [
    {
      path: base,
      parameters: scope,
      operations: operations(['list', 'create', 'deletecollection'], info.verbs, target),
    },
    {
      path: `${base}/{name}`,
      parameters: ['name', ...scope],
      operations: operations(['get', 'update', 'patch', 'delete'], info.verbs, target),
    },
  ];
  for (const sub of info.subresources.values()) {
    const path = `${base}/{name}/${sub.name}`;
    items.push({ path, parameters: ['name', ...scope], operations: subresourceOperations(info, sub) });
  }
  if (info.namespaced) {
    const everywhere: Target = { ...target, namespaced: false, suffix: 'ForAllNamespaces' };
    const path = `${root}/${info.resource}`;
    items.push({ path, parameters: [], operations: operations(['list'], info.verbs, everywhere) });
  }
  return items.filter((item) => item.operations.length > 0);
}
