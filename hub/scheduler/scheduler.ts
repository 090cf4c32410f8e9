/** The loop of the scheduler: Pods without a node in, bindings out. Decides synchronously, binds many at once. */
import { isConflict } from '../api/errors.ts';
import type { Node } from '../api/node.ts';
import type { Pod } from '../api/pod.ts';
import { nodes, pods } from '../api/resource.ts';
import { inSlices } from '../base/slices.ts';
import type { Change, Entry } from '../registry/registry.ts';
import { Cluster } from './cluster.ts';
import { neighbourRules } from './neighbours/neighbour-rules.ts';
import { Neighbours } from './neighbours/neighbours.ts';
import { complain } from './complaint.ts';
import { fitError, tooEarly } from './fit-error.ts';
import type { NodeRoom } from './node-room.ts';
import { Nominations } from './preemption/nominations.ts';
import type { AttemptResult, SchedulerOptions, SchedulerPart } from './part.ts';
import { placementOf, plainPlacement } from './placement.ts';
import { type PodClass, PodClasses } from './pod-class.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { type Found, Preemption } from './preemption/preemption.ts';
import { SchedulingQueue } from './queue.ts';
import { type RefusedNode, select } from './select.ts';
import type { VolumeRule } from './volumes/volume-rule.ts';
import { VolumesNotBound } from './volumes/volume-waits.ts';
import { WaitingPods } from './waiting.ts';
import { finished, nodeMatters, podMatters, priorityOf, wanted } from './wanted.ts';
import { writeBinding } from './write.ts';

/** The node of a Pod, and the rule of its volumes when it has claims. */
interface Chosen {
  readonly node: NodeRoom;
  readonly volumes: VolumeRule | undefined;
}

/** Bindings under way at most. */
const inFlightLimit = 2048;
/** How long decisions may hold the event loop, in milliseconds. */
const slice = 8;

const keyOf = (entry: Entry): string => `${entry.namespace}/${entry.name}`;

/**
 * The scheduler.
 *
 * INVARIANTS: the accounts in `cluster` hold every committed binding and every one under way; a Pod is decided by one
 * try at a time; a binding that fails is taken back before the Pod is tried again.
 */
class Scheduler implements SchedulerPart {
  readonly name = 'scheduler';
  readonly #options: SchedulerOptions;
  readonly #cluster = new Cluster();
  readonly #classes = new PodClasses();
  readonly #neighbours: Neighbours;
  readonly #nominations = new Nominations();
  readonly #volumes: PodVolumes;
  readonly #preemption: Preemption;
  readonly #queue = new SchedulingQueue();
  readonly #waiting: WaitingPods;
  /** Uids whose binding is under way. */
  readonly #assumed = new Set<string>();
  #unsubscribe: (() => void)[] = [];
  #next = 0;
  #scheduled = false;
  #stopped = true;
  #loading = false;
  #idle: (() => void)[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#neighbours = new Neighbours(this.#cluster, options.registry);
    this.#preemption = new Preemption({
      ...options,
      cluster: this.#cluster,
      neighbours: this.#neighbours,
      nominations: this.#nominations,
    });
    this.#waiting = new WaitingPods(options.clock, (key, priority) => this.#enqueue(key, priority));
    this.#volumes = new PodVolumes({
      ...options,
      cluster: this.#cluster,
      wake: (key) => this.#waiting.retry(key),
      wakeLater: (keys) => this.#waiting.retrySome(keys),
    });
  }

  get pending(): SchedulerPart['pending'] {
    return { active: this.#queue.size, unschedulable: this.#waiting.size };
  }

  start(): void {
    const { registry } = this.#options;
    this.#stopped = false;
    this.#unsubscribe = [
      registry.subscribe(nodes, (change) => this.#nodeChanged(change)),
      registry.subscribe(pods, (change) => this.#podChanged(change)),
      this.#neighbours.start(),
      () => this.#volumes.stop(),
    ];
    this.#volumes.start();
    this.#loading = true;
    this.#load().catch((error: unknown) =>
      this.#options.log.error({ error: String(error) }, 'could not take in all nodes and pods'),
    );
  }

  /** Takes in what there is, a slice at a time; nothing is decided before all is known. */
  async #load(): Promise<void> {
    const { registry } = this.#options;
    const stopped = (): boolean => this.#stopped;
    const takeNode = (entry: Entry): void => this.#cluster.setNode(entry.name, entry.object<Node>());
    const takePod = (entry: Entry): void => {
      const placement = plainPlacement(entry, this.#classes);
      if (placement === undefined) this.#see(entry, entry.object<Pod>());
      else if (placement.node !== '') this.#cluster.place(placement, placement.node);
    };
    await inSlices(registry.entries(nodes), takeNode, { stopped });
    await inSlices(registry.entries(pods), takePod, { stopped });
    this.#loading = false;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const end of this.#unsubscribe.splice(0)) end();
    this.#waiting.stop();
    if (this.#assumed.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #nodeChanged(change: Change): void {
    const { entry, previous } = change;
    const node = entry.object<Node>();
    if (change.type === 'DELETED') this.#cluster.setNode(entry.name, undefined);
    else if (previous === undefined || nodeMatters(previous.object<Node>(), node)) {
      this.#cluster.setNode(entry.name, node);
      this.#waiting.retryAll();
    }
  }

  #podChanged(change: Change): void {
    const { entry, previous } = change;
    if (change.type === 'DELETED') {
      this.#gone(entry);
      return;
    }
    const pod = entry.object<Pod>();
    if (this.#waiting.has(keyOf(entry))) {
      if (previous !== undefined && wanted(pod) && !podMatters(previous.object<Pod>(), pod)) return;
      if (wanted(pod)) {
        this.#waiting.retry(keyOf(entry));
        return;
      }
    }
    this.#see(entry, pod);
  }

  #see(entry: Entry, pod: Pod): void {
    const node = pod.spec.nodeName ?? '';
    if (node !== '' && !finished(pod)) {
      this.#forget(entry);
      const before = this.#cluster.placement(entry.uid)?.load;
      this.#cluster.place(placementOf(entry, pod, this.#classes.load(pod)), node);
      // resized: others may find room now
      if (before !== undefined && before !== this.#cluster.placement(entry.uid)?.load) this.#waiting.retryAll();
      this.#unnominate(entry.uid);
    } else if (wanted(pod)) {
      const nominated = pod.status?.nominatedNodeName ?? '';
      if (nominated !== '' && this.#nominations.of(entry.uid) === undefined) this.#nominate(entry, pod, nominated);
      if (!this.#assumed.has(entry.uid)) this.#enqueue(keyOf(entry), priorityOf(pod));
    } else this.#gone(entry);
  }

  #gone(entry: Entry): void {
    this.#forget(entry);
    this.#volumes.cancel(entry.uid);
    this.#unnominate(entry.uid);
    if (this.#cluster.remove(entry.uid)) this.#waiting.retryAll();
  }

  #nominate(entry: Entry, pod: Pod, node: string): void {
    const { uid } = entry;
    const load = this.#classes.load(pod);
    this.#nominations.set({ uid, key: keyOf(entry), node, load, priority: priorityOf(pod) });
  }

  /** A promise that is kept or void: what was held back for it may be another's. */
  #unnominate(uid: string): void {
    if (this.#nominations.delete(uid) !== undefined) this.#roomFreed();
  }

  #roomFreed(): void {
    this.#cluster.freed++;
    this.#waiting.retryAll();
  }

  #forget(entry: Entry): void {
    const key = keyOf(entry);
    this.#queue.remove(key);
    this.#waiting.forget(key);
    this.#volumes.forget(key);
  }

  #enqueue(key: string, priority: number): void {
    this.#queue.add(key, priority);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped || this.#loading) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const { clock, log } = this.#options;
    const end = clock.now() + slice;
    while (!this.#stopped && this.#assumed.size - this.#volumes.waiting < inFlightLimit) {
      const key = this.#queue.pop();
      if (key === undefined) return;
      try {
        this.#decide(key);
      } catch (error) {
        log.error({ pod: key, error: String(error) }, 'could not decide where a pod goes');
      }
      if (clock.now() >= end) {
        this.#schedule();
        return;
      }
    }
  }

  #decide(key: string): void {
    const { registry } = this.#options;
    const slash = key.indexOf('/');
    const entry = registry.get(pods, key.slice(0, slash), key.slice(slash + 1));
    if (entry === undefined || this.#assumed.has(entry.uid)) return;
    const pod = entry.object<Pod>();
    if (!wanted(pod)) return;
    const podClass = this.#classes.of(pod);
    const began = performance.now();
    const volumes = this.#volumes.of(pod);
    if (typeof volumes === 'string') {
      const mayPreempt = pod.spec.preemptionPolicy !== 'Never';
      this.#failed(entry, pod, tooEarly(this.#cluster.nodes.length, volumes, mayPreempt), true);
      this.#options.observe?.('unschedulable', performance.now() - began);
      return;
    }
    const neighbours = neighbourRules(this.#neighbours, pod);
    const rules = volumes === undefined ? neighbours : [volumes, ...neighbours];
    const nominated = this.#nominations.of(entry.uid)?.node;
    const asking = { uid: entry.uid, priority: priorityOf(pod), load: podClass.load };
    if (rules.length === 0 && nominated === undefined && podClass.failure?.freed === this.#cluster.freed) {
      this.#failed(entry, pod, podClass.failure.message);
      this.#options.observe?.('unschedulable', performance.now() - began);
      return;
    }
    const chosen = select(
      {
        cluster: this.#cluster,
        rules,
        start: this.#next,
        chance: this.#options.chance,
        promised: (node) => this.#nominations.refuse(asking, node),
        nominated,
        reported: this.#options.reported,
      },
      podClass,
    );
    this.#next = chosen.next;
    if (chosen.node === undefined) {
      this.#refused(entry, pod, podClass, { refused: chosen.refused, volumes });
      this.#options.observe?.('unschedulable', performance.now() - began);
      return;
    }
    void this.#bind(entry, pod, podClass, { node: chosen.node, volumes }).then((result) =>
      this.#options.observe?.(result, performance.now() - began),
    );
  }

  /** No node fits: perhaps others have to go. */
  #refused(
    entry: Entry,
    pod: Pod,
    podClass: PodClass,
    { refused, volumes }: Pick<Chosen, 'volumes'> & { refused: readonly RefusedNode[] },
  ): void {
    const refusals = refused.map((one) => one.refusal);
    if (this.#preemption.isMakingRoom(pod)) {
      const why = 'not eligible due to a terminating pod on the nominated node.';
      this.#failed(entry, pod, `${fitError(refusals, 'under way')} preemption: ${why}`);
      return;
    }
    const found = this.#preemption.find(pod, podClass, refused, volumes);
    if (found !== undefined) {
      this.#preempt(entry, pod, found);
      this.#failed(entry, pod, fitError(refusals, 'under way'));
      return;
    }
    this.#unnominate(entry.uid);
    const message = fitError(refusals, pod.spec.preemptionPolicy === 'Never' ? 'never' : 'hopeless');
    // other Pods of the class have other claims
    if (volumes === undefined) podClass.failure = { freed: this.#cluster.freed, message };
    this.#failed(entry, pod, message);
  }

  #preempt(entry: Entry, pod: Pod, found: Found): void {
    for (const key of this.#preemption.displace(pod, found.node)) this.#waiting.retry(key);
    this.#nominate(entry, pod, found.node);
    void this.#preemption.carryOut(pod, found);
  }

  async #bind(entry: Entry, pod: Pod, podClass: PodClass, { node, volumes }: Chosen): Promise<AttemptResult> {
    const { uid } = entry;
    this.#assumed.add(uid);
    // counted as placed from here on, no longer as promised
    const promise = this.#nominations.delete(uid);
    this.#cluster.place(placementOf(entry, pod, podClass.load), node.name);
    try {
      if (volumes !== undefined) await this.#volumes.bind(pod, volumes, node);
      await writeBinding(this.#options.registry, this.#options.clock, entry, node.name);
      this.#options.recorder.record({
        about: pod,
        type: 'Normal',
        reason: 'Scheduled',
        message: `Successfully assigned ${keyOf(entry)} to ${node.name}`,
        action: 'Binding',
      });
      if (promise !== undefined && promise.node !== node.name) this.#roomFreed();
      return 'scheduled';
    } catch (error) {
      if (promise !== undefined) this.#nominations.set(promise);
      this.#bindFailed(entry, pod, error);
      return 'error';
    } finally {
      this.#assumed.delete(uid);
      this.#schedule();
      if (this.#assumed.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #bindFailed(entry: Entry, pod: Pod, error: unknown): void {
    this.#options.log.debug({ pod: keyOf(entry), error: String(error) }, 'a binding failed');
    this.#assumed.delete(entry.uid);
    this.#cluster.remove(entry.uid);
    const now = this.#options.registry.get(pods, entry.namespace, entry.name);
    if (now === undefined || now.uid !== entry.uid) return;
    const bound = (now.object<Pod>().spec.nodeName ?? '') !== '';
    if (bound || isConflict(error)) {
      this.#see(now, now.object<Pod>());
      return;
    }
    if (error instanceof VolumesNotBound && !this.#stopped) {
      this.#failed(entry, pod, `running PreBind plugin "VolumeBinding": binding volumes: ${error.message}`);
    } else this.#waiting.sleep(keyOf(entry), priorityOf(pod));
    this.#waiting.retryAll();
  }

  /** `isUnready`: its claims alone are the reason. */
  #failed(entry: Entry, pod: Pod, message: string, isUnready = false): void {
    this.#waiting.sleep(keyOf(entry), priorityOf(pod));
    this.#volumes.sleep(keyOf(entry), pod, isUnready);
    complain(this.#options, entry, pod, { message, nominated: this.#nominations.of(entry.uid)?.node });
  }
}

/** Makes the scheduler. */
export function createScheduler(options: SchedulerOptions): SchedulerPart {
  return new Scheduler(options);
}
