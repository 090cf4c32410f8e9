/** StatefulSets: numbered Pods that keep their names and claims. */
import type { PodTemplateSpec } from '../../api/pod.ts';
import { statefulSets } from '../../api/resource.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import type { ControllerRevision } from '../../api/workload.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, type Interest, own, splitKey } from '../controller.ts';
import { currentRevision, type History, type HistoryOptions, revisionHashLabel, trimHistory } from '../history.ts';
import { claimPods, ownedPods } from '../owned-pods.ts';
import { PodControl, type PodWords } from '../pod-control.ts';
import { podInterest } from '../pod-interest.ts';
import { untilAvailable } from '../replicas/status.ts';
import { writeStatus } from '../write-status.ts';
import { StatefulClaims } from './claims.ts';
import { ordinalOf, type SpecifiedSet, statefulPod } from './identity.ts';
import { type Revisions, type StatefulPod, statefulPlan, statefulStatus } from './plan.ts';

const account = 'statefulset-controller';

/** API: StatefulSets tell of their Pods in words of their own. */
const statefulWords: PodWords = {
  create: (pod, set, why) => said('create', pod, set, why),
  delete: (pod, set, why) => said('delete', pod, set, why),
};

function said(verb: string, pod: string, set: string, why: string | undefined): string {
  return `${verb} Pod ${pod} in StatefulSet ${set} ${why === undefined ? 'successful' : `failed error: ${why}`}`;
}

class StatefulSets {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #pods: PodControl;
  readonly #claims: StatefulClaims;

  constructor(context: ControllerContext) {
    this.#context = context;
    const recorder = recorderOf(context, account);
    this.#pods = new PodControl(context.registry, this.#writer, recorder, statefulWords);
    this.#claims = new StatefulClaims(context.registry, this.#writer, recorder);
  }

  /** Which sets a changed claim concerns. */
  get claims(): Interest {
    return this.#claims.interest();
  }

  async reconcile(key: string): Promise<Again> {
    const { registry, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const entry = registry.get(statefulSets, namespace, name);
    const set = entry?.object<SpecifiedSet>();
    if (entry === undefined || set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined;
    const history = this.#history(set);
    const found = await currentRevision(history);
    if (found === undefined) return this.#collided(set);
    await this.#claim(entry, set);
    const revisions = this.#revisions(set, found);
    const before = this.#state(entry, set);
    const plan = statefulPlan(set, before, revisions, clock.now());
    await this.#claims.keepOwners(set, before);
    const ready = await this.#claimed(set, plan.create);
    const templates = this.#templates(found);
    const created = await this.#pods.createAll(set, ready, ({ ordinal, revision }) =>
      statefulPod(set, templates.get(revision) ?? set.spec.template, ordinal, revision),
    );
    const removed = await this.#pods.removeAll(set, plan.remove);
    const state = this.#state(entry, set);
    await this.#writeStatus(entry, set, state, revisions);
    const used = new Set([...state.map((pod) => pod.revision), revisions.current, revisions.update]);
    const isUsed = (one: ControllerRevision): boolean => used.has(one.metadata.name ?? '');
    await trimHistory(history, found, set.spec.revisionHistoryLimit ?? 10, isUsed);
    const trouble = created ?? removed;
    if (trouble !== undefined) throw new Error(trouble);
    const facts = state.map((pod) => pod.facts);
    return untilAvailable(facts, set.spec.minReadySeconds ?? 0, clock.now());
  }

  /** Those new Pods that can be made: their claims are there. */
  async #claimed<T extends { readonly ordinal: number }>(set: SpecifiedSet, wanted: readonly T[]): Promise<T[]> {
    const ready: T[] = [];
    for (const one of wanted) if (await this.#claims.ensure(set, one.ordinal)) ready.push(one);
    return ready;
  }

  #history(set: SpecifiedSet): HistoryOptions {
    return {
      registry: this.#context.registry,
      writer: this.#writer,
      owner: set,
      template: set.spec.template,
      collisionCount: set.status?.collisionCount,
      hashLabel: 'controller.kubernetes.io/hash',
    };
  }

  async #collided(set: SpecifiedSet): Promise<Again> {
    await this.#context.registry.modify<SpecifiedSet>(
      statefulSets,
      set.metadata.namespace ?? '',
      set.metadata.name ?? '',
      (now) => {
        now.status = { replicas: 0, ...now.status, collisionCount: (now.status?.collisionCount ?? 0) + 1 };
      },
      { ...this.#writer, subresource: 'status' },
    );
    return undefined;
  }

  #revisions(set: SpecifiedSet, history: History): Revisions {
    const update = history.current.metadata.name ?? '';
    const said = set.status?.currentRevision;
    const known = history.old.some((one) => one.metadata.name === said);
    return { update, current: said !== undefined && known ? said : update };
  }

  #templates(history: History): Map<string, PodTemplateSpec> {
    return new Map(
      [...history.old, history.current].map((revision) => {
        const data = revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } };
        const { $patch: _, ...template } = data.spec.template;
        return [revision.metadata.name ?? '', template];
      }),
    );
  }

  async #claim(entry: Entry, set: SpecifiedSet): Promise<void> {
    const { pods: facts } = this.#context;
    const adopts = (pod: Entry): boolean => !facts.of(pod).deleting && ordinalOf(entry.name, pod.name) !== undefined;
    const labels = labelSelectorMatcher(set.spec.selector);
    await claimPods(this.#context, { entry, owner: set, writer: this.#writer, labels, adopts });
  }

  #state(entry: Entry, set: SpecifiedSet): StatefulPod<Entry>[] {
    const labels = labelSelectorMatcher(set.spec.selector);
    return ownedPods(this.#context, entry).flatMap((pod) => {
      const ordinal = ordinalOf(entry.name, pod.name);
      if (ordinal === undefined || !labels.matches(pod.labels)) return [];
      const facts = this.#context.pods.of(pod);
      return [{ ref: pod, ordinal, facts, revision: pod.labels[revisionHashLabel] ?? '' }];
    });
  }

  #writeStatus(
    { namespace, name, uid }: Entry,
    set: SpecifiedSet,
    state: readonly StatefulPod<Entry>[],
    revisions: Revisions,
  ): Promise<void> {
    const { registry, clock } = this.#context;
    const status = statefulStatus(set, state, revisions, clock.now());
    return writeStatus(registry, { ref: statefulSets, namespace, name, uid }, status, this.#writer);
  }
}

/** Keeps StatefulSets. */
export function createStatefulSetController(context: ControllerContext): Part {
  const controller = new StatefulSets(context);
  return createController({
    name: 'statefulset',
    context,
    interests: [
      own(statefulSets),
      controller.claims,
      podInterest({
        context,
        ref: statefulSets,
        kind: 'StatefulSet',
        selectorOf: (entry) => entry.object<SpecifiedSet>().spec.selector,
      }),
    ],
    initial: () => allKeys(context, statefulSets),
    reconcile: (key) => controller.reconcile(key),
    workers: 8,
  });
}
