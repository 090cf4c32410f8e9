/** ClusterRoles that are the sum of others: keeps their rules equal to those of all roles they select. */
import { isNotFound } from '../api/errors.ts';
import type { ClusterRole } from '../api/rbac.ts';
import { aggregatedRules } from '../api/rbac-aggregation.ts';
import { clusterRoles } from '../api/resource.ts';
import { mastersGroup } from '../api/user.ts';
import type { Part } from '../base/lifecycle.ts';
import { type ControllerContext, writerOf } from './context.ts';
import { allKeys, createController, splitKey } from './controller.ts';

/** Adds up aggregated ClusterRoles. */
export function createClusterRoleAggregationController(context: ControllerContext): Part {
  const { registry } = context;
  const { user, ...rest } = writerOf('clusterrole-aggregation-controller');
  // whoever grants rights must hold them, and a sum of roles may hold any
  const writer = { ...rest, user: { ...user, groups: [...user.groups, mastersGroup] } };
  const aggregated = function* (): Iterable<string> {
    for (const entry of registry.entries(clusterRoles)) {
      if (entry.object<ClusterRole>().aggregationRule !== undefined) yield `/${entry.name}`;
    }
  };
  const reconcile = async (key: string): Promise<undefined> => {
    const { name } = splitKey(key);
    const role = registry.get(clusterRoles, '', name)?.object<ClusterRole>();
    if (role?.aggregationRule === undefined) return undefined;
    const roles = [...registry.entries(clusterRoles)].map((entry) => entry.object<ClusterRole>());
    const rules = aggregatedRules(role, roles);
    if (rules === undefined) return undefined;
    try {
      await registry.modify<ClusterRole>(
        clusterRoles,
        '',
        name,
        (now) => {
          now.rules = rules;
        },
        writer,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  };
  return createController({
    name: 'clusterrole-aggregation',
    context,
    interests: [{ ref: clusterRoles, keys: aggregated }],
    initial: () => allKeys(context, clusterRoles),
    reconcile,
  });
}
