/** What of an addon is to be applied, in which order, and what of an earlier version is to go. Pure. */
import type { AppliedObject } from '../api/addon.ts';
import type { KubeObject } from '../api/object.ts';
import { parseApiVersion } from '../api/resource.ts';

/** Earlier ones are applied first and deleted last. */
const ranks: Readonly<Record<string, number>> = {
  Namespace: 0,
  CustomResourceDefinition: 1,
  ServiceAccount: 2,
  Role: 2,
  RoleBinding: 2,
  ClusterRole: 2,
  ClusterRoleBinding: 2,
  Pod: 4,
  Deployment: 4,
  DaemonSet: 4,
  StatefulSet: 4,
  ReplicaSet: 4,
  Job: 4,
  CronJob: 4,
  APIService: 5,
  MutatingWebhookConfiguration: 5,
  ValidatingWebhookConfiguration: 5,
};
const others = 3;

const rankOf = ({ kind }: { kind: string }): number => ranks[kind] ?? others;

/** What an object is called, whatever version of its group it is written in. */
export function identityOf(one: { apiVersion: string; kind: string; namespace?: string; name: string }): string {
  return `${parseApiVersion(one.apiVersion).group}/${one.kind}/${one.namespace ?? ''}/${one.name}`;
}

/** An object as status.applied names it. */
export function nameOf(object: KubeObject, uid = ''): AppliedObject {
  const { namespace, name = '' } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    uid,
  };
}

/** What to do. */
export interface Plan {
  /** In the order they are applied. */
  readonly apply: readonly KubeObject[];
  /** In the order they are deleted. */
  readonly prune: readonly AppliedObject[];
}

/** Compares what was applied with what is wanted now. */
export function plan(applied: readonly AppliedObject[], wanted: readonly KubeObject[]): Plan {
  const kept = new Set(wanted.map((object) => identityOf(nameOf(object))));
  return {
    apply: [...wanted].sort((one, other) => rankOf(one) - rankOf(other)),
    prune: removalOrder(applied.filter((one) => !kept.has(identityOf(one)))),
  };
}

/** Objects in the order they are deleted. */
export function removalOrder(applied: readonly AppliedObject[]): AppliedObject[] {
  return removalSteps(applied).flat();
}

/**
 * What is deleted of an addon, step by step; a step waits until what is before it is gone, and the last also until no Pod runs. First
 * the addon's own kinds with their objects, which its Pods may have to let go of; then its Pods and what is beside them; last what those
 * stand on, since their last acts may need it.
 */
export function removalSteps(applied: readonly AppliedObject[]): [AppliedObject[], AppliedObject[], AppliedObject[]] {
  const isDefinition = ({ kind }: AppliedObject): boolean => kind === 'CustomResourceDefinition';
  // API: the name of a definition is that of its kind with its group
  const groups = new Set(applied.filter(isDefinition).map(({ name }) => name.slice(name.indexOf('.') + 1)));
  const steps: ReturnType<typeof removalSteps> = [[], [], []];
  for (const one of [...applied].sort((other, another) => rankOf(another) - rankOf(other))) {
    const isOwnKind = isDefinition(one) || groups.has(parseApiVersion(one.apiVersion).group);
    steps[isOwnKind ? 0 : rankOf(one) < rankOf({ kind: 'Pod' }) ? 2 : 1].push(one);
  }
  return steps;
}
