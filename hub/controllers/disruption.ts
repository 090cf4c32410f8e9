/** PodDisruptionBudgets: how many Pods of a selection may be evicted now. */
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../api/disruption.ts';
import { isNotFound } from '../api/errors.ts';
import { type Condition, controllerOf, timestamp } from '../api/object.ts';
import { hasEnded } from '../api/pod-phase.ts';
import { parseApiVersion, podDisruptionBudgets as budgets, pods } from '../api/resource.ts';
import { sameJson } from '../api/same-json.ts';
import { labelSelectorMatcher } from '../api/selector.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Again } from '../base/work-queue.ts';
import type { Change, Entry } from '../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from './context.ts';
import { allKeys, createController, keyOf, own, relabelled, splitKey } from './controller.ts';
import { resolveCount } from './int-or-percent.ts';

/** API: DeletionTimeout: an eviction that was allowed and never happened counts no more after this time. */
const evictionTimeoutMs = 120_000;

/** What a status is worked out from. `scale`: what the controllers of the Pods want, where they say. */
export interface BudgetInput {
  readonly budget: PodDisruptionBudget;
  readonly pods: readonly { readonly name: string; readonly healthy: boolean; readonly deleting: boolean }[];
  readonly scale: number;
  readonly now: number;
}

function wantedHealthy(
  budget: PodDisruptionBudget,
  pods: number,
  scale: number,
): { desired: number; expected: number } {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    return { expected: scale, desired: Math.max(0, scale - resolveCount(maxUnavailable, scale, 'up')) };
  }
  if (typeof minAvailable === 'number') return { expected: pods, desired: minAvailable };
  return { expected: scale, desired: resolveCount(minAvailable, scale, 'up') };
}

/** The status. API: an eviction that was allowed counts as unhealthy until the Pod is gone. */
export function budgetStatus(input: BudgetInput): PodDisruptionBudgetStatus {
  const { budget, now } = input;
  const disrupted: Record<string, string> = {};
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = input.pods.find((one) => one.name === name);
    if (pod !== undefined && !pod.deleting && Date.parse(time) + evictionTimeoutMs > now) disrupted[name] = time;
  }
  const { desired, expected } = wantedHealthy(budget, input.pods.length, input.scale);
  const healthy = input.pods.filter((pod) => pod.healthy && !pod.deleting && disrupted[pod.name] === undefined).length;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const before = (budget.status?.conditions ?? []) as Condition[];
  const old = before.find((one) => one.type === 'DisruptionAllowed');
  const status = allowed > 0 ? 'True' : 'False';
  const { generation } = budget.metadata;
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? timestamp(now)) : timestamp(now),
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: [...before.filter((one) => one.type !== condition.type), condition] as never,
  };
}

/** What the controllers of these Pods want altogether; a Pod without one counts as itself. */
function scaleOf(context: ControllerContext, members: readonly Entry[]): number {
  const { registry } = context;
  const counted = new Set<string>();
  let scale = 0;
  for (const entry of members) {
    let owner = context.pods.of(entry).controller;
    let wanted: number | undefined;
    for (let depth = 0; owner !== undefined && depth < 2; depth++) {
      const { group, version } = parseApiVersion(owner.apiVersion);
      const info = registry.catalogue.byKind(group, version, owner.kind);
      const above = info === undefined ? undefined : registry.get(info, entry.namespace, owner.name);
      if (above === undefined) break;
      const next = controllerOf(above.object());
      if (next === undefined) {
        if (counted.has(above.uid)) wanted = 0;
        else wanted = (above.object().spec as { replicas?: number } | undefined)?.replicas;
        counted.add(above.uid);
      }
      owner = next;
    }
    scale += wanted ?? 1;
  }
  return scale;
}

/** Keeps the status of budgets. */
export function createDisruptionController(context: ControllerContext): Part {
  const { registry, clock } = context;
  const writer = { ...writerOf('disruption-controller'), subresource: 'status' };
  const recorder = recorderOf(context, 'controllermanager');
  const membersOf = (budget: PodDisruptionBudget, namespace: string): Entry[] => {
    const labels = labelSelectorMatcher(budget.spec?.selector);
    return [...registry.entries(pods, namespace)].filter((entry) => {
      if (!labels.matches(entry.labels)) return false;
      const { phase } = context.pods.of(entry);
      return !hasEnded(phase);
    });
  };
  const reconcile = async (key: string): Promise<Again> => {
    const { namespace, name } = splitKey(key);
    const compute = (budget: PodDisruptionBudget): PodDisruptionBudgetStatus => {
      const members = membersOf(budget, namespace);
      return budgetStatus({
        budget,
        pods: members.map((entry) => {
          const { ready, deleting } = context.pods.of(entry);
          return { name: entry.name, healthy: ready, deleting };
        }),
        scale: scaleOf(context, members),
        now: clock.now(),
      });
    };
    const budget = registry.get(budgets, namespace, name)?.object<PodDisruptionBudget>();
    if (budget === undefined || sameJson(compute(budget), budget.status)) return undefined;
    if (membersOf(budget, namespace).length === 0) {
      recorder.record({ about: budget, type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
    }
    let waits = false;
    try {
      await registry.modify<PodDisruptionBudget>(
        budgets,
        namespace,
        name,
        (now) => {
          now.status = compute(now);
          waits = now.status.disruptedPods !== undefined;
        },
        writer,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return waits ? evictionTimeoutMs : undefined;
  };
  const matters = (change: Change): boolean => {
    if (change.type !== 'MODIFIED' || change.previous === undefined || relabelled(change)) return true;
    const before = context.pods.of(change.previous);
    const after = context.pods.of(change.entry);
    return before.ready !== after.ready || before.active !== after.active;
  };
  const podKeys = function* (change: Change): Iterable<string> {
    if (!matters(change)) return;
    for (const entry of registry.entries(budgets, change.entry.namespace)) {
      const labels = labelSelectorMatcher(entry.object<PodDisruptionBudget>().spec?.selector);
      const was = change.previous !== undefined && labels.matches(change.previous.labels);
      if (was || labels.matches(change.entry.labels)) yield keyOf(entry);
    }
  };
  return createController({
    name: 'disruption',
    context,
    interests: [own(budgets), { ref: pods, keys: podKeys }],
    initial: () => allKeys(context, budgets),
    reconcile,
  });
}
