/** Pods that have a node and wait there for their volumes: settled by changes of their claims, never polled. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import { isBound, reachableFrom, selectedNode } from '../../api/volume-binding.ts';
import type { Clock } from '../../base/clock.ts';
import type { VolumeReader } from './claims.ts';
import type { NodeRoom } from '../node-room.ts';

/** Why the volumes of a Pod were not bound. */
export class VolumesNotBound extends Error {}

/** One Pod. `made`: names of the claims for which a volume is being made. */
export interface Awaited {
  readonly uid: string;
  readonly namespace: string;
  readonly claims: readonly string[];
  readonly made: ReadonlySet<string>;
  readonly node: NodeRoom;
}

interface Wait extends Awaited {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** API: bindTimeoutSeconds of the VolumeBinding plugin, in milliseconds. */
const bindTimeout = 600_000;

/** Where one claim stands: bound here, still on its way, or never to be (a text). */
export function progress(
  claim: PersistentVolumeClaim | undefined,
  name: string,
  { made, node }: Pick<Awaited, 'made' | 'node'>,
  reader: Pick<VolumeReader, 'volume'>,
): 'bound' | 'on its way' | { readonly why: string } {
  if (claim === undefined) return { why: `persistentvolumeclaim "${name}" not found` };
  const { annotations, deletionTimestamp } = claim.metadata;
  if (deletionTimestamp !== undefined) return { why: `persistentvolumeclaim "${name}" is being deleted` };
  if (!isBound(claim) || claim.status?.phase !== 'Bound') {
    const chosen = annotations?.[selectedNode] ?? '';
    if (!made.has(name) || chosen === node.name) return 'on its way';
    return { why: `selectedNode annotation value "${chosen}" not set to scheduled node "${node.name}"` };
  }
  const volume = reader.volume(claim.spec?.volumeName ?? '');
  if (volume === undefined) return { why: `the volume of persistentvolumeclaim "${name}" does not exist` };
  if (reachableFrom(volume, node)) return 'bound';
  return { why: `pv "${volume.metadata.name}" node affinity doesn't match node "${node.name}"` };
}

/** INVARIANTS: each wait is settled once: by its claims, by `cancel`, by the clock, or by `stop`. */
export class VolumeWaits {
  readonly #reader: VolumeReader;
  readonly #clock: Clock;
  readonly #byUid = new Map<string, Wait>();
  readonly #byClaim = new Map<string, Set<Wait>>();

  constructor(reader: VolumeReader, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  get size(): number {
    return this.#byUid.size;
  }

  /** Resolves when all its claims are bound to volumes within the node's reach; rejects with VolumesNotBound. */
  async until(awaited: Awaited): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wait: Wait = { ...awaited, resolve, reject };
    const keys = awaited.claims.map((name) => `${awaited.namespace}/${name}`);
    this.#byUid.set(awaited.uid, wait);
    for (const key of keys) {
      const waits = this.#byClaim.get(key) ?? new Set<Wait>();
      this.#byClaim.set(key, waits);
      waits.add(wait);
    }
    const cancel = this.#clock.after(bindTimeout, () =>
      reject(new VolumesNotBound('timed out waiting for the volumes')),
    );
    this.#look(wait);
    try {
      await promise;
    } finally {
      cancel();
      this.#byUid.delete(awaited.uid);
      for (const key of keys) {
        const waits = this.#byClaim.get(key);
        waits?.delete(wait);
        if (waits?.size === 0) this.#byClaim.delete(key);
      }
    }
  }

  /** A claim (`namespace/name`) changed. */
  changed(claim: string): void {
    for (const wait of this.#byClaim.get(claim) ?? []) this.#look(wait);
  }

  /** The Pod is gone. */
  cancel(uid: string): void {
    this.#byUid.get(uid)?.reject(new VolumesNotBound('the pod is gone'));
  }

  stop(): void {
    for (const wait of this.#byUid.values()) wait.reject(new VolumesNotBound('the scheduler stops'));
  }

  #look(wait: Wait): void {
    let isBoundAll = true;
    for (const name of wait.claims) {
      const step = progress(this.#reader.claim(wait.namespace, name), name, wait, this.#reader);
      if (typeof step === 'object') return wait.reject(new VolumesNotBound(step.why));
      isBoundAll &&= step === 'bound';
    }
    if (isBoundAll) wait.resolve();
  }
}
