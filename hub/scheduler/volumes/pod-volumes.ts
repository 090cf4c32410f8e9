/** Volumes in scheduling: what a Pod's claims demand, binding them to the node that was chosen, and whom their changes wake. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import type { Pod } from '../../api/pod.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../api/resource.ts';
import type { StorageClass } from '../../api/storage.ts';
import { reserveFor, selectedNode } from '../../api/volume-binding.ts';
import type { Clock } from '../../base/clock.ts';
import type { Change, Registry } from '../../registry/registry.ts';
import { ClaimSleepers } from './claim-sleepers.ts';
import { claimNames, claimsOf, type VolumeReader } from './claims.ts';
import type { Cluster } from '../cluster.ts';
import type { NodeRoom } from '../node-room.ts';
import { VolumeRule } from './volume-rule.ts';
import { VolumesNotBound, VolumeWaits } from './volume-waits.ts';
import { schedulerWriter } from '../write.ts';

/** What this stands on. */
export interface PodVolumesOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly cluster: Cluster;
  /** A sleeping Pod may try again at once. */
  readonly wake: (key: string) => void;
  /** These may try again when their back-off is over. */
  readonly wakeLater: (keys: Iterable<string>) => void;
}

function readerOf(registry: Registry): VolumeReader {
  return {
    claim: (namespace, name) => registry.get(persistentVolumeClaims, namespace, name)?.object<PersistentVolumeClaim>(),
    volume: (name) => registry.get(persistentVolumes, '', name)?.object<PersistentVolume>(),
    storageClass: (name) => registry.get(storageClasses, '', name)?.object<StorageClass>(),
    *volumes() {
      for (const entry of registry.entries(persistentVolumes)) yield entry.object<PersistentVolume>();
    },
  };
}

/** Claims of a Pod as `namespace/name`; undefined for most Pods. */
export function claimKeys(pod: Pod): readonly string[] | undefined {
  const names = claimNames(pod);
  return names.length === 0 ? undefined : names.map(({ name }) => `${pod.metadata.namespace}/${name}`);
}

/** INVARIANTS: a volume promised to a Pod on its way is nobody else's; a Pod without claims costs one look at its volumes. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #reader: VolumeReader;
  readonly #waits: VolumeWaits;
  readonly #sleepers = new ClaimSleepers();
  readonly #taken = new Set<string>();
  /** How many placed Pods use a claim. */
  readonly #users = new Map<string, number>();
  #ends: (() => void)[] = [];

  constructor(options: PodVolumesOptions) {
    this.#options = options;
    this.#reader = readerOf(options.registry);
    this.#waits = new VolumeWaits(this.#reader, options.clock);
  }

  /** Pods that have a node and wait for their volumes. */
  get waiting(): number {
    return this.#waits.size;
  }

  /** Begins to listen; before the first placement. */
  start(): void {
    const { registry, cluster, wakeLater } = this.#options;
    this.#ends = [
      cluster.listen(({ claims }, times) => {
        for (const key of claims ?? []) this.#count(key, times);
      }),
      registry.subscribe(persistentVolumeClaims, (change) => this.#claimChanged(change)),
      registry.subscribe(persistentVolumes, () => wakeLater(this.#sleepers.all())),
      registry.subscribe(storageClasses, () => wakeLater(this.#sleepers.all())),
    ];
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#waits.stop();
    this.#sleepers.clear();
  }

  /** The rule of a Pod's volumes; a text says why it is too early for any node; undefined when it has no claims. */
  of(pod: Pod): VolumeRule | string | undefined {
    if (claimKeys(pod) === undefined) return undefined;
    const claims = claimsOf(pod, this.#reader);
    if (typeof claims === 'string') return claims;
    return new VolumeRule({
      claims,
      volumes: () => this.#reader.volumes(),
      taken: this.#taken,
      inUse: (claim) => (this.#users.get(claim) ?? 0) > 0,
    });
  }

  /** The Pod went to sleep; `isUnready`: its claims were the only reason. */
  sleep(key: string, pod: Pod, isUnready: boolean): void {
    const claims = claimKeys(pod);
    if (claims !== undefined) this.#sleepers.add(key, claims, isUnready);
  }

  /** The Pod is gone or bound. */
  forget(key: string): void {
    this.#sleepers.delete(key);
  }

  /** The Pod is gone. */
  cancel(uid: string): void {
    this.#waits.cancel(uid);
  }

  /** Gets the volumes of `pod` to `node`; resolves when it can be bound there. Rejects with VolumesNotBound. */
  async bind(pod: Pod, rule: VolumeRule, node: NodeRoom): Promise<void> {
    const plan = rule.plan(node);
    if (plan === undefined) throw new VolumesNotBound('the volumes are not to be had any more');
    if (plan.take.length === 0 && plan.make.length === 0) return;
    const { uid = '', namespace = '' } = pod.metadata;
    const names = plan.take.map(({ volume }) => volume);
    for (const name of names) this.#taken.add(name);
    try {
      await Promise.all([
        ...plan.take.map(({ claim, volume }) => this.#take(claim, volume)),
        ...plan.make.map((claim) => this.#ask(claim, node.name)),
      ]);
      const claims = [...plan.take.map(({ claim }) => claim), ...plan.make].map(({ metadata }) => metadata.name ?? '');
      const made = new Set(plan.make.map(({ metadata }) => metadata.name ?? ''));
      await this.#waits.until({ uid, namespace, claims, made, node });
    } finally {
      for (const name of names) this.#taken.delete(name);
    }
  }

  async #take(claim: PersistentVolumeClaim, volume: string): Promise<void> {
    const reserve = (now: PersistentVolume): void => reserveFor(now, claim);
    await this.#options.registry
      .modify<PersistentVolume>(persistentVolumes, '', volume, reserve, schedulerWriter)
      .catch(refused);
  }

  async #ask({ metadata: { namespace = '', name = '' } }: PersistentVolumeClaim, node: string): Promise<void> {
    const choose = ({ metadata }: PersistentVolumeClaim): void => {
      const before = metadata.annotations?.[selectedNode] ?? node;
      if (before !== node) throw new Error(`persistentvolumeclaim "${name}" is for node "${before}" by now`);
      metadata.annotations = { ...metadata.annotations, [selectedNode]: node };
    };
    await this.#options.registry
      .modify<PersistentVolumeClaim>(persistentVolumeClaims, namespace, name, choose, schedulerWriter)
      .catch(refused);
  }

  #count(key: string, times: 1 | -1): void {
    const now = (this.#users.get(key) ?? 0) + times;
    if (now > 0) this.#users.set(key, now);
    else this.#users.delete(key);
  }

  #claimChanged({ entry }: Change): void {
    const key = `${entry.namespace}/${entry.name}`;
    this.#waits.changed(key);
    const { unready, others } = this.#sleepers.of(key);
    for (const pod of unready) this.#options.wake(pod);
    if (others.length > 0) this.#options.wakeLater(others);
  }
}

function refused(error: unknown): never {
  throw new VolumesNotBound(error instanceof Error ? error.message : String(error), { cause: error });
}
