/** Roles and bindings in the form decisions need: rules by role, bindings by subject; kept up to date by registry changes. */
import { qualified } from '../api/errors.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../api/rbac.ts';
import { clusterRoleBindings, clusterRoles, type ResourceRef, roleBindings, roles } from '../api/resource.ts';
import type { User } from '../api/user.ts';
import type { Entry, Registry } from '../registry/registry.ts';

/** A binding as found for a subject. `namespace` is empty for a ClusterRoleBinding. */
export interface Grant {
  readonly namespace: string;
  readonly binding: string;
  readonly roleRef: RoleRef;
  readonly subject: Subject;
}

const subjectKey = (kind: 'User' | 'Group', name: string): string => `${kind}\n${name}`;

function keyOf(subject: Subject, namespace: string): string | undefined {
  if (subject.kind === 'User' || subject.kind === 'Group') return subjectKey(subject.kind, subject.name);
  if (subject.kind !== 'ServiceAccount') return undefined;
  const home = subject.namespace ?? namespace;
  return home === '' ? undefined : subjectKey('User', `system:serviceaccount:${home}:${subject.name}`);
}

/** The index. `generation` grows with every change. */
export class RbacIndex {
  generation = 0;
  readonly #rules = new Map<string, readonly PolicyRule[]>();
  readonly #grants = new Map<string, readonly Grant[]>();
  readonly #unsubscribe: (() => void)[] = [];

  constructor(registry: Pick<Registry, 'entries' | 'subscribe'>) {
    for (const ref of [clusterRoles, roles, clusterRoleBindings, roleBindings]) {
      const isRole = ref === clusterRoles || ref === roles;
      for (const entry of registry.entries(ref)) this.#put(isRole, undefined, entry);
      const unsubscribe = registry.subscribe(ref, ({ type, entry, previous }) =>
        this.#put(isRole, previous, type === 'DELETED' ? undefined : entry),
      );
      this.#unsubscribe.push(unsubscribe);
    }
  }

  /** The rules of a role, or undefined when there is no such role. `namespace` counts for a Role only. */
  rules(roleRef: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    return this.#rules.get(`${roleRef.kind === 'Role' ? namespace : ''}/${roleRef.name}`);
  }

  /** What is granted to `user`: cluster-wide first, then in `namespace` when that is not empty. */
  *grants(user: User, namespace: string): Generator<Grant> {
    for (const space of namespace === '' ? [''] : ['', namespace]) {
      yield* this.#grants.get(`${space}\n${subjectKey('User', user.name)}`) ?? [];
      for (const group of user.groups) yield* this.#grants.get(`${space}\n${subjectKey('Group', group)}`) ?? [];
    }
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #put(isRole: boolean, previous: Entry | undefined, entry: Entry | undefined): void {
    this.generation += 1;
    if (isRole) {
      if (entry !== undefined)
        this.#rules.set(`${entry.namespace}/${entry.name}`, entry.object<Role | ClusterRole>().rules ?? []);
      else if (previous !== undefined) this.#rules.delete(`${previous.namespace}/${previous.name}`);
      return;
    }
    if (previous !== undefined) this.#dropBinding(previous);
    if (entry !== undefined) this.#addBinding(entry);
  }

  #dropBinding(entry: Entry): void {
    const { namespace, name } = entry;
    for (const subject of entry.object<RoleBinding | ClusterRoleBinding>().subjects ?? []) {
      const key = `${namespace}\n${keyOf(subject, namespace) ?? ''}`;
      const rest = this.#grants.get(key)?.filter((grant) => grant.binding !== name) ?? [];
      if (rest.length === 0) this.#grants.delete(key);
      else this.#grants.set(key, rest);
    }
  }

  #addBinding(entry: Entry): void {
    const { namespace, name } = entry;
    const binding = entry.object<RoleBinding | ClusterRoleBinding>();
    for (const subject of binding.subjects ?? []) {
      const subjectName = keyOf(subject, namespace);
      if (subjectName === undefined) continue;
      const key = `${namespace}\n${subjectName}`;
      const grant: Grant = { namespace, binding: name, roleRef: binding.roleRef, subject };
      this.#grants.set(key, [...(this.#grants.get(key) ?? []), grant]);
    }
  }
}

/** The resource a role reference names, and its text in messages. */
export function roleResource(roleRef: RoleRef): ResourceRef {
  return roleRef.kind === 'Role' ? roles : clusterRoles;
}

/** `role.rbac.authorization.k8s.io "x" not found`, as RBAC reports a binding that leads nowhere. */
export function missingRole(roleRef: RoleRef): string {
  const about = { group: roles.group, resource: roleRef.kind.toLowerCase() };
  return `${qualified(about)} "${roleRef.name}" not found`;
}
