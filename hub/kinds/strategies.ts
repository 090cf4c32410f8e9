/** Which strategy each built-in kind has. */
import { isPathSegment } from '../api/names.ts';
import type { Strategy } from './kind.ts';
import { type KindFacts, plainStrategy } from './plain-strategy.ts';

const spec: KindFacts = { hasGeneration: true };
const specAndStatus: KindFacts = { hasGeneration: true, hasStatus: true };

const kinds: Record<string, KindFacts> = {
  '/Endpoints': { createOnUpdate: true },
  '/Event': { createOnUpdate: true },
  '/LimitRange': { createOnUpdate: true },
  '/Namespace': { hasStatus: true },
  '/Node': { hasStatus: true },
  '/PersistentVolume': { hasStatus: true },
  '/PersistentVolumeClaim': { hasStatus: true },
  '/Pod': specAndStatus,
  '/PodTemplate': spec,
  '/ReplicationController': specAndStatus,
  '/ResourceQuota': { hasStatus: true },
  '/Service': { hasStatus: true, createOnUpdate: true },
  'apps/DaemonSet': specAndStatus,
  'apps/Deployment': specAndStatus,
  'apps/ReplicaSet': specAndStatus,
  'apps/StatefulSet': specAndStatus,
  'batch/Job': specAndStatus,
  'batch/CronJob': specAndStatus,
  'coordination.k8s.io/Lease': { createOnUpdate: true, unconditionalUpdate: false },
  'rbac.authorization.k8s.io/Role': { createOnUpdate: true, validateName: isPathSegment },
};

const fallback = plainStrategy();
const strategies: ReadonlyMap<string, Strategy> = new Map(
  Object.entries(kinds).map(([name, facts]) => [name, plainStrategy(facts)]),
);

/** The strategy of a built-in kind. `type` is its schema type, which tells the versions of a kind apart. */
export function strategyOf(group: string, kind: string, type: string): Strategy {
  return strategies.get(type) ?? strategies.get(`${group}/${kind}`) ?? fallback;
}
