/** Reads configs/bootstrap: the roles, bindings and other objects every cluster starts with. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject } from '../../api/object.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../api/rbac.ts';
import { aggregatedRules } from '../../api/rbac-aggregation.ts';
import { apiVersionOf, clusterRoles, roles } from '../../api/resource.ts';

/** Everything in the folder, as whole objects. */
export interface BootstrapManifests {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
  readonly objects: readonly KubeObject[];
}

interface RoleText {
  labels?: Record<string, string>;
  aggregate?: string;
  rules?: PolicyRule[];
}

interface BindingText {
  role?: string;
  subjects: string[];
}

interface NamespacedText {
  /** Where it is not the key: a role of this name in another namespace. */
  name?: string;
  namespace: string;
  rules: PolicyRule[];
  binding: string;
  subjects: string[];
}

const apiVersion = apiVersionOf(clusterRoles);
const apiGroup = clusterRoles.group;
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

/** Names of the roles of controllers begin so. */
const controllerPrefix = 'system:controller:';

/** `group:NAME`, `user:NAME` or `account:NAMESPACE/NAME`. */
function subjectOf(text: string): Subject {
  const colon = text.indexOf(':');
  const name = text.slice(colon + 1);
  const kind = text.slice(0, colon);
  if (kind === 'group') return { apiGroup, kind: 'Group', name };
  if (kind === 'user') return { apiGroup, kind: 'User', name };
  const [namespace, account] = name.split('/');
  if (kind !== 'account' || namespace === undefined || account === undefined) {
    throw new Error(`"${text}" is not a subject: write group:NAME, user:NAME or account:NAMESPACE/NAME`);
  }
  return { kind: 'ServiceAccount', name: account, namespace };
}

function clusterRole(name: string, text: RoleText): ClusterRole {
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...labels, ...text.labels }, annotations },
    ...(text.aggregate === undefined
      ? {}
      : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [text.aggregate]: 'true' } }] } }),
    rules: text.rules ?? [],
  };
}

function clusterBinding(name: string, role: string, subjects: readonly string[]): ClusterRoleBinding {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels, annotations },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: subjects.map(subjectOf),
  };
}

/** Fills in aggregated rules; a role may be part of the next, so this goes on until nothing changes. */
function aggregate(all: ClusterRole[]): ClusterRole[] {
  for (let changed = true; changed; ) {
    changed = false;
    for (const role of all) {
      const rules = aggregatedRules(role, all);
      if (rules === undefined) continue;
      role.rules = rules;
      changed = true;
    }
  }
  return all;
}

/** Reads the folder `directory`; throws an Error that names the file that is wrong. */
export async function readBootstrap(directory: string): Promise<BootstrapManifests> {
  const { parse, parseAllDocuments } = await import('yaml');
  const load = async <T>(file: string, decode: (text: string) => T): Promise<T> => {
    const path = join(directory, file);
    try {
      return decode(await readFile(path, 'utf8'));
    } catch (cause) {
      throw new Error(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  };
  const entries = <T>(text: string): [string, T][] => Object.entries(parse(text) as Record<string, T>);
  const metadata = (name: string, namespace: string): Role['metadata'] => ({ name, namespace, labels, annotations });
  const controllers = await load('controller-roles.yaml', (text) => entries<PolicyRule[]>(text));
  const namespaced = await load('namespaced-roles.yaml', (text) => entries<NamespacedText>(text));
  return {
    clusterRoles: [
      ...(await load('cluster-roles.yaml', (text) =>
        aggregate(entries<RoleText>(text).map(([name, one]) => clusterRole(name, one))),
      )),
      ...controllers.map(([name, rules]) => clusterRole(controllerPrefix + name, { rules })),
    ],
    clusterRoleBindings: [
      ...(await load('bindings.yaml', (text) =>
        entries<BindingText>(text).map(([name, { role = name, subjects }]) => clusterBinding(name, role, subjects)),
      )),
      ...controllers.map(([name]) =>
        clusterBinding(controllerPrefix + name, controllerPrefix + name, [`account:kube-system/${name}`]),
      ),
    ],
    roles: namespaced.map(([key, { name = key, namespace, rules }]) => ({
      apiVersion: apiVersionOf(roles),
      kind: 'Role',
      metadata: metadata(name, namespace),
      rules,
    })),
    roleBindings: namespaced.map(([key, { name = key, namespace, binding, subjects }]) => ({
      apiVersion,
      kind: 'RoleBinding',
      metadata: metadata(binding, namespace),
      roleRef: { apiGroup, kind: 'Role', name },
      subjects: subjects.map(subjectOf),
    })),
    objects: await load('objects.yaml', (text) =>
      [...parseAllDocuments(text)].map((document) => {
        const [error] = document.errors;
        if (error !== undefined) throw error;
        return document.toJS() as KubeObject;
      }),
    ),
  };
}
