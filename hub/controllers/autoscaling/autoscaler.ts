/** HorizontalPodAutoscalers: workloads get as many replicas as their use asks for. */
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus, MetricStatus } from '../../api/autoscaling.ts';
import { isNotFound } from '../../api/errors.ts';
import type { Pod } from '../../api/pod.ts';
import { horizontalPodAutoscalers, pods } from '../../api/resource.ts';
import type { PodMetrics } from '../../api/resource-metrics.ts';
import { sameJson } from '../../api/same-json.ts';
import type { LabelMatcher } from '../../api/selector.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { decide, forgetOld, type Past, type Verdict } from './behaviour.ts';
import { propose } from './proposal.ts';
import { type ScaleTarget, scaleTargetOf } from './scale-target.ts';
import { autoscalerStatus } from './status.ts';

/** API: --horizontal-pod-autoscaler-sync-period, in milliseconds. */
const period = 15_000;

/** What the Pods of a namespace use, as metrics.k8s.io tells it. */
export type ReadPodMetrics = (namespace: string) => readonly PodMetrics[];

/** A look at one autoscaler, and what comes of it. */
interface Look {
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly conditions: Map<string, Verdict>;
  desired: number;
  metrics: readonly MetricStatus[];
  scaled: boolean;
}

class Autoscaling {
  readonly #context: ControllerContext;
  readonly #read: ReadPodMetrics;
  readonly #writer: WriteOptions = writerOf('horizontal-pod-autoscaler');
  readonly #recorder: EventRecorder;
  /** Those that were met. API: the first look is a period later, when their Pods have figures. */
  readonly #met = new Set<string>();
  readonly #pasts = new Map<string, Past>();

  constructor(context: ControllerContext, read: ReadPodMetrics) {
    this.#context = context;
    this.#read = read;
    this.#recorder = recorderOf(context, 'horizontal-pod-autoscaler');
  }

  async reconcile(key: string): Promise<Again> {
    const { registry } = this.#context;
    const { namespace, name } = splitKey(key);
    const autoscaler = registry.get(horizontalPodAutoscalers, namespace, name)?.object<HorizontalPodAutoscaler>();
    if (autoscaler === undefined) {
      this.#pasts.delete(key);
      this.#met.delete(key);
      return undefined;
    }
    if (!this.#met.has(key)) {
      this.#met.add(key);
      return period;
    }
    const look: Look = {
      autoscaler,
      conditions: new Map(),
      desired: autoscaler.status?.desiredReplicas ?? 0,
      metrics: autoscaler.status?.currentMetrics ?? [],
      scaled: false,
    };
    const target = this.#target(look, namespace);
    if (target !== undefined) await this.#act(look, key, target);
    await this.#write(look, namespace, name, target?.wanted ?? autoscaler.status?.currentReplicas ?? 0);
    return period;
  }

  #target(look: Look, namespace: string): ScaleTarget | undefined {
    const { autoscaler, conditions } = look;
    try {
      const target = scaleTargetOf(this.#context.registry, namespace, autoscaler.spec.scaleTargetRef, this.#writer);
      const message = "the HPA controller was able to get the target's current scale";
      conditions.set('AbleToScale', { status: 'True', reason: 'SucceededGetScale', message });
      return target;
    } catch (error) {
      const { message } = error as Error;
      this.#warn(autoscaler, 'FailedGetScale', message);
      conditions.set('AbleToScale', {
        status: 'False',
        reason: 'FailedGetScale',
        message: `the HPA controller was unable to get the target's current scale: ${message}`,
      });
      return undefined;
    }
  }

  async #act(look: Look, key: string, target: ScaleTarget): Promise<void> {
    const { autoscaler, conditions } = look;
    const current = target.wanted;
    const wish = this.#wish(look, key, target);
    if (wish === undefined) return;
    look.desired = wish.replicas;
    if (wish.replicas === current) return;
    try {
      await target.scale(wish.replicas);
    } catch (error) {
      const { message } = error as Error;
      this.#warn(autoscaler, 'FailedRescale', `New size: ${wish.replicas}; reason: ${wish.reason}; error: ${message}`);
      conditions.set('AbleToScale', {
        status: 'False',
        reason: 'FailedUpdateScale',
        message: `the HPA controller was unable to update the target scale: ${message}`,
      });
      throw error;
    }
    look.scaled = true;
    conditions.set('AbleToScale', {
      status: 'True',
      reason: 'SucceededRescale',
      message: `the HPA controller was able to update the target scale to ${wish.replicas}`,
    });
    this.#recorder.record({
      about: autoscaler,
      type: 'Normal',
      reason: 'SuccessfulRescale',
      message: `New size: ${wish.replicas}; reason: ${wish.reason}`,
    });
    this.#remember(key, current, wish.replicas);
  }

  /** What it is to become, and why; undefined when nobody can say. */
  #wish(look: Look, key: string, target: ScaleTarget): { replicas: number; reason: string } | undefined {
    const { autoscaler, conditions } = look;
    const { spec } = autoscaler;
    const current = target.wanted;
    const { minReplicas = 1, maxReplicas } = spec;
    if (current === 0 && minReplicas !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      conditions.set('ScalingActive', { status: 'False', reason: 'ScalingDisabled', message });
      return { replicas: 0, reason: '' };
    }
    if (current > maxReplicas)
      return { replicas: maxReplicas, reason: 'Current number of replicas above Spec.MaxReplicas' };
    if (current < minReplicas)
      return { replicas: minReplicas, reason: 'Current number of replicas below Spec.MinReplicas' };
    const selector = this.#selector(look, target);
    if (selector === undefined) return undefined;
    const proposal = propose(spec, { current, now: this.#context.clock.now(), ...this.#observe(autoscaler, selector) });
    conditions.set('ScalingActive', proposal.scalingActive);
    for (const { reason, message } of proposal.troubles) this.#warn(autoscaler, reason, message);
    if (proposal.failure !== undefined) this.#warn(autoscaler, 'FailedComputeMetricsReplicas', proposal.failure);
    look.metrics = proposal.statuses;
    if (proposal.replicas === undefined) return undefined;
    const at = this.#context.clock.now();
    const decided = decide(spec, this.#past(key, current), { current, recommended: proposal.replicas, at });
    conditions.set('AbleToScale', decided.ableToScale);
    conditions.set('ScalingLimited', decided.scalingLimited);
    const reason = decided.replicas > current ? `${proposal.metric} above target` : 'All metrics below target';
    return { replicas: decided.replicas, reason };
  }

  #selector({ autoscaler, conditions }: Look, target: ScaleTarget): LabelMatcher | undefined {
    const refuse = (event: string, message: string, shown: string): undefined => {
      this.#warn(autoscaler, event, message);
      conditions.set('ScalingActive', { status: 'False', reason: 'InvalidSelector', message: shown });
    };
    try {
      const { selector } = target;
      return (
        selector ?? refuse('SelectorRequired', 'selector is required', "the HPA target's scale is missing a selector")
      );
    } catch (error) {
      const message = `couldn't convert selector into a corresponding internal selector object: ${(error as Error).message}`;
      return refuse('InvalidSelector', message, message);
    }
  }

  #observe({ metadata }: HorizontalPodAutoscaler, selector: LabelMatcher): { pods: Pod[]; metrics: PodMetrics[] } {
    const { namespace = '' } = metadata;
    const members = [...this.#context.registry.entries(pods, namespace)].filter(({ labels }) =>
      selector.matches(labels),
    );
    const names = new Set(members.map(({ name }) => name));
    const metrics = this.#read(namespace).filter((one) => names.has(one.metadata.name ?? ''));
    return { pods: members.map((entry) => entry.glance<Pod>()), metrics };
  }

  #past(key: string, current: number): Past {
    let past = this.#pasts.get(key);
    if (past === undefined) {
      // API: what is there counts as recommended, so that a hub that was away takes nothing away at once
      past = { recommended: [{ count: current, at: this.#context.clock.now() }], grown: [], shrunk: [] };
      this.#pasts.set(key, past);
    }
    forgetOld(past, this.#context.clock.now());
    return past;
  }

  #remember(key: string, before: number, after: number): void {
    const past = this.#past(key, before);
    const event = { count: Math.abs(after - before), at: this.#context.clock.now() };
    if (after > before) past.grown = [...past.grown, event];
    else past.shrunk = [...past.shrunk, event];
  }

  #warn(about: HorizontalPodAutoscaler, reason: string, message: string): void {
    this.#recorder.record({ about, type: 'Warning', reason, message });
  }

  async #write(look: Look, namespace: string, name: string, current: number): Promise<void> {
    const { registry, clock } = this.#context;
    const status = (now: HorizontalPodAutoscaler): HorizontalPodAutoscalerStatus =>
      autoscalerStatus(now, { ...look, current, at: clock.now() });
    if (sameJson(status(look.autoscaler), look.autoscaler.status)) return;
    try {
      await registry.modify<HorizontalPodAutoscaler>(
        horizontalPodAutoscalers,
        namespace,
        name,
        (now) => {
          now.status = status(now);
        },
        { ...this.#writer, subresource: 'status' },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/** Makes the controller; `read` answers what Pods use. It looks at each autoscaler every 15 seconds, and at none when there is none. */
export function createAutoscalerController(context: ControllerContext, read: ReadPodMetrics): Part {
  const autoscaling = new Autoscaling(context, read);
  // its own statuses must not wake it
  const keys = ({ type, entry, previous }: Change): string[] => {
    const generation = (one: typeof entry | undefined): unknown =>
      one?.object<HorizontalPodAutoscaler>().metadata.generation;
    return type === 'MODIFIED' && generation(entry) === generation(previous) ? [] : [keyOf(entry)];
  };
  return createController({
    name: 'horizontal-pod-autoscaler',
    context,
    interests: [{ ref: horizontalPodAutoscalers, keys }],
    initial: () => allKeys(context, horizontalPodAutoscalers),
    reconcile: (key) => autoscaling.reconcile(key),
  });
}
