/** Deployments: rolls from one ReplicaSet to the next, as fast as maxSurge and maxUnavailable allow. */
import { controllerOf } from '../../api/object.ts';
import { hasEnded } from '../../api/pod-phase.ts';
import { deployments, pods, replicaSets } from '../../api/resource.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { Deployment, DeploymentCondition, ReplicaSet } from '../../api/workload.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { claim } from '../claim.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, own, relabelled, splitKey } from '../controller.ts';
import { revisionOf } from './annotations.ts';
import { type Rollout, rolloutOf, sizeWanted } from './sets.ts';
import { emptyOld, growNew, isScaling, type Resize, scaleAll, shrinkOld, surplusSets } from './sizing.ts';
import {
  conditionOf,
  countedStatus,
  deadline,
  hasDeadline,
  isComplete,
  rolloutStatus,
  withCondition,
} from './status.ts';
import { DeploymentWrites } from './writes.ts';

type Conditions = readonly DeploymentCondition[];

const account = 'deployment-controller';

class Deployments {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #writes: DeploymentWrites;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#writes = new DeploymentWrites(context.registry, this.#writer, recorderOf(context, account));
  }

  async reconcile(key: string): Promise<Again> {
    const { namespace, name } = splitKey(key);
    const entry = this.#context.registry.get(deployments, namespace, name);
    if (entry === undefined) return undefined;
    const deployment = entry.object<Deployment>();
    await this.#claim(entry, deployment);
    const rollout = this.#look(entry);
    if (rollout === undefined) return undefined;
    if (deployment.metadata.deletionTimestamp !== undefined) {
      await this.#finish(entry, deployment.status?.conditions ?? [], 'counted');
      return undefined;
    }
    const conditions = this.#pauseConditions(deployment);
    if (deployment.spec.paused === true || isScaling(rollout)) return this.#scale(entry, rollout, conditions);
    return deployment.spec.strategy?.type === 'Recreate'
      ? this.#recreate(entry, rollout, conditions)
      : this.#roll(entry, rollout, conditions);
  }

  #sets(entry: Entry): Entry[] {
    return this.#context.registry
      .dependents(entry.uid)
      .filter(
        (one) => one.info.resource === 'replicasets' && controllerOf(one.object<ReplicaSet>())?.uid === entry.uid,
      );
  }

  async #claim(entry: Entry, deployment: Deployment): Promise<void> {
    const labels = labelSelectorMatcher(deployment.spec.selector);
    const orphans: Entry[] = [];
    for (const set of this.#context.registry.entries(replicaSets, entry.namespace)) {
      if (!labels.matches(set.labels)) continue;
      const object = set.object<ReplicaSet>();
      if (controllerOf(object) === undefined && object.metadata.deletionTimestamp === undefined) orphans.push(set);
    }
    const { registry } = this.#context;
    const owned = this.#sets(entry);
    await claim({ registry, writer: this.#writer, owner: deployment, labels, ref: replicaSets, owned, orphans });
  }

  /** The newest committed state. */
  #look(before: Entry): Rollout | undefined {
    const entry = this.#context.registry.get(deployments, before.namespace, before.name);
    if (entry === undefined || entry.uid !== before.uid) return undefined;
    const labels = labelSelectorMatcher(entry.object<Deployment>().spec.selector);
    const sets = this.#sets(entry).filter((one) => labels.matches(one.labels));
    return rolloutOf(
      entry.object<Deployment>(),
      sets.map((one) => one.object<ReplicaSet>()),
    );
  }

  #pauseConditions(deployment: Deployment): Conditions {
    const conditions = deployment.status?.conditions ?? [];
    const seconds = deployment.spec.progressDeadlineSeconds;
    const current = conditionOf(conditions, 'Progressing');
    if (seconds === undefined || current?.reason === 'ProgressDeadlineExceeded') return conditions;
    const isPaused = deployment.spec.paused === true;
    const saysPaused = current?.reason === 'DeploymentPaused';
    if (isPaused === saysPaused) return conditions;
    const said = isPaused
      ? { reason: 'DeploymentPaused', message: 'Deployment is paused' }
      : { reason: 'DeploymentResumed', message: 'Deployment is resumed' };
    return withCondition(conditions, { type: 'Progressing', status: 'Unknown', ...said }, this.#context.clock.now());
  }

  async #resizeAll(rollout: Rollout, changes: readonly Resize[]): Promise<boolean> {
    const real = changes.filter(({ set, size }) => size !== sizeWanted(set));
    for (const change of real) await this.#writes.resize(rollout.deployment, change);
    return real.length > 0;
  }

  async #scale(entry: Entry, rollout: Rollout, conditions: Conditions): Promise<Again> {
    const { newSet, deployment } = rollout;
    if (newSet !== undefined) await this.#writes.annotate(deployment, newSet, this.#nextRevision(rollout));
    for (const change of scaleAll(rollout)) await this.#writes.resize(deployment, change);
    if (deployment.spec.paused === true) await this.#cleanUp(rollout);
    await this.#finish(entry, conditions, 'counted');
    return undefined;
  }

  async #roll(entry: Entry, rollout: Rollout, before: Conditions): Promise<Again> {
    const ensured = await this.#ensureNew(entry, rollout, before);
    if (ensured === undefined) return 0;
    const { conditions } = ensured;
    const now = ensured.rollout;
    const grown = growNew(now);
    const moved =
      (await this.#resizeAll(now, grown === undefined ? [] : [grown])) || (await this.#resizeAll(now, shrinkOld(now)));
    if (!moved && isComplete(now, countedStatus(now, 0, []))) await this.#cleanUp(now);
    return this.#finish(entry, conditions, 'rollout');
  }

  async #recreate(entry: Entry, rollout: Rollout, before: Conditions): Promise<Again> {
    const { newSet, deployment } = rollout;
    if (newSet !== undefined) await this.#writes.annotate(deployment, newSet, this.#nextRevision(rollout));
    const emptied = await this.#resizeAll(rollout, emptyOld(rollout));
    if (emptied || this.#oldPodsRun(rollout)) return this.#finish(entry, before, 'rollout');
    const ensured = await this.#ensureNew(entry, rollout, before);
    if (ensured === undefined) return 0;
    const now = ensured.rollout;
    if (now.newSet !== undefined && sizeWanted(now.newSet) !== sizeWanted(deployment)) {
      await this.#writes.resize(deployment, { set: now.newSet, size: sizeWanted(deployment) });
    }
    if (isComplete(now, countedStatus(now, 0, []))) await this.#cleanUp(now);
    return this.#finish(entry, ensured.conditions, 'rollout');
  }

  #oldPodsRun(rollout: Rollout): boolean {
    const { registry, pods: facts } = this.#context;
    return rollout.oldSets.some(
      (set) =>
        (set.status?.replicas ?? 0) > 0 ||
        registry.dependents(set.metadata.uid ?? '').some((pod) => {
          const { phase } = facts.of(pod);
          return pod.info.resource === 'pods' && !hasEnded(phase);
        }),
    );
  }

  #nextRevision(rollout: Rollout): bigint {
    let most = 0n;
    for (const revision of rollout.oldSets.map(revisionOf)) if (revision > most) most = revision;
    return most + 1n;
  }

  /** Makes sure of a ReplicaSet for the present template. Undefined: the name was taken, look again. */
  async #ensureNew(
    entry: Entry,
    rollout: Rollout,
    before: Conditions,
  ): Promise<{ rollout: Rollout; conditions: Conditions } | undefined> {
    const revision = this.#nextRevision(rollout);
    const known = rollout.newSet;
    const set = known ?? (await this.#createSet(entry, rollout, revision, before));
    if (set === undefined) return undefined;
    await this.#writes.annotate(rollout.deployment, set, revision);
    const now = this.#look(entry);
    if (now === undefined) return undefined;
    const found = known !== undefined && conditionOf(before, 'Progressing') === undefined;
    if (!hasDeadline(rollout) || (known !== undefined && !found)) return { rollout: now, conditions: before };
    const said = found
      ? { reason: 'FoundNewReplicaSet', message: `Found new replica set "${set.metadata.name}"` }
      : { reason: 'NewReplicaSetCreated', message: `Created new replica set "${set.metadata.name}"` };
    const time = this.#context.clock.now();
    return { rollout: now, conditions: withCondition(before, { type: 'Progressing', status: 'True', ...said }, time) };
  }

  async #createSet(
    entry: Entry,
    rollout: Rollout,
    revision: bigint,
    before: Conditions,
  ): Promise<ReplicaSet | undefined> {
    try {
      return await this.#writes.createSet(rollout, revision);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const said = { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message };
      const conditions = hasDeadline(rollout) ? withCondition(before, said, this.#context.clock.now()) : before;
      await this.#finish(entry, conditions, 'counted');
      throw error;
    }
  }

  async #cleanUp(rollout: Rollout): Promise<void> {
    for (const set of surplusSets(rollout, revisionOf)) await this.#writes.removeSet(set);
  }

  /** Writes the status out of the newest state; answers when the rollout could time out. */
  async #finish(entry: Entry, conditions: Conditions, how: 'counted' | 'rollout'): Promise<Again> {
    const rollout = this.#look(entry);
    if (rollout === undefined) return undefined;
    const now = this.#context.clock.now();
    const status = (how === 'counted' ? countedStatus : rolloutStatus)(rollout, now, conditions);
    await this.#writes.status(rollout.deployment, status);
    const due = how === 'rollout' ? deadline(rollout, status.conditions) : undefined;
    return due === undefined ? undefined : Math.max(0, due - now) + 1000;
  }
}

function* setKeys(context: ControllerContext, change: Change): Iterable<string> {
  for (const entry of [change.entry, change.previous]) {
    const owner = entry === undefined ? undefined : controllerOf(entry.object<ReplicaSet>());
    if (owner?.kind === 'Deployment') yield `${change.entry.namespace}/${owner.name}`;
  }
  const orphan = controllerOf(change.entry.object<ReplicaSet>()) === undefined;
  if (!orphan || change.type === 'DELETED') return;
  const lost = change.previous !== undefined && controllerOf(change.previous.object<ReplicaSet>()) !== undefined;
  if (!lost && !relabelled(change)) return;
  for (const candidate of context.registry.entries(deployments, change.entry.namespace)) {
    const labels = labelSelectorMatcher(candidate.object<Deployment>().spec.selector);
    if (labels.matches(change.entry.labels)) yield keyOf(candidate);
  }
}

/** A Recreate goes on when the last old Pod has ended. */
function* podKeys(context: ControllerContext, change: Change): Iterable<string> {
  const facts = context.pods.of(change.entry);
  const ended = change.type === 'DELETED' || hasEnded(facts.phase);
  if (!ended || facts.controller?.kind !== 'ReplicaSet') return;
  const set = context.registry.get(replicaSets, change.entry.namespace, facts.controller.name);
  const owner = set === undefined ? undefined : controllerOf(set.object<ReplicaSet>());
  if (owner?.kind !== 'Deployment') return;
  const deployment = context.registry.get(deployments, change.entry.namespace, owner.name);
  if (deployment?.object<Deployment>().spec.strategy?.type === 'Recreate') yield keyOf(deployment);
}

/** Rolls Deployments. */
export function createDeploymentController(context: ControllerContext): Part {
  const controller = new Deployments(context);
  return createController({
    name: 'deployment',
    context,
    interests: [
      own(deployments),
      { ref: replicaSets, keys: (change) => setKeys(context, change) },
      { ref: pods, keys: (change) => podKeys(context, change) },
    ],
    initial: () => allKeys(context, deployments),
    reconcile: (key) => controller.reconcile(key),
    workers: 16,
  });
}
