/** The built-in resources, read from the resource table: one row a resource in one version. */
import { readTable } from './data-file.ts';
import type { ResourceInfo, Strategy, SubresourceInfo } from './kind.ts';

/** Finds what a kind does; `type` is its schema type. */
export type StrategyOf = (group: string, kind: string, type: string) => Strategy;

/** HTTP methods of the table → API verbs. */
const verbOfMethod: Readonly<Record<string, string>> = { post: 'create', put: 'update' };

/** Kinds of subresource bodies that belong to another group than their parent. */
const foreignKinds: Readonly<Record<string, { group: string; version: string }>> = {
  Scale: { group: 'autoscaling', version: 'v1' },
  Eviction: { group: 'policy', version: 'v1' },
  TokenRequest: { group: 'authentication.k8s.io', version: 'v1' },
};

/** Resources whose short names and categories the table of registries does not list. */
const extensionNames: Readonly<Record<string, readonly string[]>> = {
  customresourcedefinitions: ['api-extensions', 'crd', 'crds'],
  apiservices: ['api-extensions'],
};

const categoryNames = new Set(['all', 'api-extensions']);

/** The schema package of a group: `apps` → `io.k8s.api.apps`. */
function packageOf(group: string): string {
  if (group === '') return 'io.k8s.api.core';
  if (group === 'apiextensions.k8s.io') return 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions';
  if (group === 'apiregistration.k8s.io') return 'io.k8s.kube-aggregator.pkg.apis.apiregistration';
  if (group === 'metrics.k8s.io') return 'io.k8s.metrics.pkg.apis.metrics';
  if (group === 'internal.apiserver.k8s.io') return 'io.k8s.api.apiserverinternal';
  return `io.k8s.api.${group.split('.')[0]}`;
}

/** The schema type of a built-in kind. */
export function typeOf(group: string, version: string, kind: string): string {
  return `${packageOf(group)}.${version}.${kind}`;
}

/** The group and version whose form the objects of a resource are stored in, where it is not the most stable one. */
const storedElsewhere: Readonly<Record<string, { group: string; version: string }>> = {
  'events.k8s.io/events': { group: '', version: 'v1' },
  'autoscaling/horizontalpodautoscalers': { group: 'autoscaling', version: 'v2' },
};

const versionForm = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Kubernetes' version order, the most stable and newest first: v2, v1, v1beta2, v1beta1, v1alpha1. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [rank(left), rank(right)];
  for (let index = 0; index < a.length; index++) {
    const difference = (b[index] ?? 0) - (a[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function rank(version: string): number[] {
  const match = versionForm.exec(version);
  if (match === null) return [0, 0, 0];
  const [, major, stage, minor] = match;
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)];
}

/** Short names and categories by `group/kind`. */
function readNames(): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const [registry = '', folder = '', name = ''] of readTable('short-names-and-categories.tsv', 3)) {
    const key = `${registry}/${folder === 'certificates' ? 'certificatesigningrequest' : folder}`;
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return names;
}

function namesOf(names: Map<string, string[]>, group: string, kind: string, resource: string): readonly string[] {
  const registry = group === '' || group === 'events.k8s.io' ? 'core' : (group.split('.')[0] ?? '');
  const lower = kind.toLowerCase();
  const folder = lower === 'endpoints' ? 'endpoint' : lower;
  return extensionNames[resource] ?? names.get(`${registry}/${folder}`) ?? [];
}

function apiVerbs(methods: string): { verbs: string[]; connect: boolean } {
  const list = methods.split(',');
  const connect = list.some((method) => method.startsWith('connect:'));
  const verbs = list
    .map((method) => method.replace('connect:', ''))
    .filter((method) => method !== 'head' && method !== 'options')
    .map((method) => verbOfMethod[method] ?? method);
  return { verbs: [...new Set(verbs)].sort(), connect };
}

function readSubresource(name: string, kind: string, methods: string): SubresourceInfo {
  return { name, kind, ...foreignKinds[kind], ...apiVerbs(methods) };
}

/** Reads every built-in resource in every version, sorted as the table is (by group, version, plural). */
export function readBuiltIns(strategyOf: StrategyOf): ResourceInfo[] {
  const names = readNames();
  const rows = readTable('resources.tsv', 7);
  const newest = new Map<string, string>();
  for (const [group = '', version = '', resource = ''] of rows) {
    const key = `${group}/${resource}`;
    const best = newest.get(key);
    if (best === undefined || compareVersions(version, best) < 0) newest.set(key, version);
  }
  const infos: ResourceInfo[] = [];
  let subresources = new Map<string, SubresourceInfo>();
  for (const [
    groupName = '',
    version = '',
    resource = '',
    subresource = '',
    namespaced = '',
    kind = '',
    methods = '',
  ] of rows) {
    if (subresource !== '-') {
      subresources.set(subresource, readSubresource(subresource, kind, methods));
      continue;
    }
    subresources = new Map();
    const group = groupName === 'core' ? '' : groupName;
    const { verbs } = apiVerbs(methods);
    // what is only measured does not change by writes, so nobody can be told of changes
    if (verbs.includes('list') && methods !== 'get,list') verbs.push('watch');
    const extra = namesOf(names, group, kind, resource);
    const type = typeOf(group, version, kind);
    const stored = storedElsewhere[`${group}/${resource}`] ?? {
      group,
      version: newest.get(`${groupName}/${resource}`) ?? version,
    };
    infos.push({
      group,
      version,
      resource,
      kind,
      listKind: `${kind}List`,
      singular: kind.toLowerCase(),
      namespaced: namespaced === 'true',
      shortNames: extra.filter((name) => !categoryNames.has(name)),
      categories: extra.filter((name) => categoryNames.has(name)),
      verbs,
      subresources,
      storage: { ...stored, resource },
      type,
      strategy: strategyOf(group, kind, type),
    });
  }
  return infos;
}
