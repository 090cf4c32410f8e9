/**
 * Static Pods: what a directory of this node holds runs here, whatever the hub says and also without it. For the workers
 * of Pods they stand where the hub's Pods stand; for the hub their state stands under the mirrors it makes of them.
 *
 * INVARIANTS: a Pod whose file changed begins when nothing of the one before is left; the hub is told of a Pod until then;
 * no worker ever meets a mirror.
 */
import type { PodReport } from '../../../hub/api/link.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Checkpoints } from '../../state/checkpoints.ts';
import type { HeldChange, HeldObjects } from '../../state/held.ts';
import { StaticFiles, type StaticFilesOptions } from './static-files.ts';
import { mirroredUid, StaticMirrors } from './static-mirrors.ts';

/** What they are made from and told to. */
export interface StaticPodsOptions extends StaticFilesOptions {
  readonly held: HeldObjects;
  readonly checkpoints: Pick<Checkpoints, 'all'>;
  readonly report: (report: PodReport) => void;
  readonly reportStatics: (pods: readonly Pod[]) => void;
}

/** The static Pods of this node. To be started after the workers of Pods. */
export interface StaticPods extends Part {
  /** What the hub gave this node, with static Pods in the place of their mirrors. */
  readonly held: HeldObjects;
  /** Passes on what a worker says of a Pod; of a static one under its mirror's uid. */
  report(report: PodReport): void;
  /** The uid on this node of what the API knows as `uid`. */
  ownUid(uid: string): string;
  /** The uid in the API of what this node knows as `uid`. */
  shownUid(uid: string): string;
}

/** Reads the directory: the Pods in it are there when this resolves. */
export async function openStaticPods(options: StaticPodsOptions): Promise<StaticPods> {
  const statics = new Statics(options);
  await statics.look();
  return statics;
}

class Statics implements StaticPods {
  readonly name = 'static pods';
  readonly held: HeldObjects;
  readonly #options: StaticPodsOptions;
  readonly #files: StaticFiles;
  readonly #mirrors: StaticMirrors;
  readonly #listeners = new Set<(change: HeldChange) => void>();
  /** As the files say, by uid. */
  #wanted: ReadonlyMap<string, Pod> = new Map();
  /** Given to the workers. */
  readonly #running = new Map<string, Pod>();
  /** Taken from the workers; something of them may be left. */
  readonly #leaving = new Map<string, Pod>();
  /** Of an earlier agent; their manifests are gone, so there is nothing to tell the hub. */
  readonly #remains = new Map<string, Pod>();
  #told: string | undefined;
  #looking: Promise<void> = Promise.resolve();
  #release: (() => void)[] = [];
  #started = false;

  constructor(options: StaticPodsOptions) {
    this.#options = options;
    this.#files = new StaticFiles(options);
    this.#mirrors = new StaticMirrors(options.report);
    this.held = this.#merged();
    for (const object of options.held.all('pods')) this.#mirrors.meet(object);
    for (const { uid, namespace, name } of options.checkpoints.all())
      if (isStaticUid(uid))
        this.#remains.set(uid, {
          ...{ apiVersion: 'v1', kind: 'Pod' },
          metadata: { uid, namespace, name },
          spec: { containers: [] },
        });
  }

  start(): void {
    const { held, manifests } = this.#options;
    this.#started = true;
    this.#release = [
      held.subscribe(({ upserts }) => {
        for (const object of upserts) this.#mirrors.meet(object);
      }),
      manifests.watch(() => void this.look()),
    ];
    const remains = [...this.#remains.values()];
    if (remains.length > 0) this.#tell({ upserts: remains as unknown as KubeObject[], deletions: remains.map(keyOf) });
    this.#report();
    // something may have changed before the watch began
    void this.look();
  }

  async stop(): Promise<void> {
    for (const end of this.#release) end();
    await this.#looking;
  }

  report(report: PodReport): void {
    const { uid, gone } = report;
    const isStatic = [this.#running, this.#leaving, this.#remains].some((pods) => pods.has(uid));
    if (!isStatic) return this.#options.report(report);
    if (gone !== true) return this.#mirrors.tell(report);
    this.#mirrors.forget(uid);
    if (this.#leaving.delete(uid) || this.#remains.delete(uid)) this.#settle();
  }

  ownUid(uid: string): string {
    return this.#mirrors.ownUid(uid);
  }

  shownUid(uid: string): string {
    return this.#mirrors.shownUid(uid);
  }

  /** Reads the directory and brings about what it says; one look at a time. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      try {
        this.#wanted = await this.#files.read();
        // what an earlier agent ran and a file still says goes on
        if (!this.#started) for (const uid of this.#wanted.keys()) this.#remains.delete(uid);
        this.#settle();
      } catch (error) {
        this.#options.log.warn({ error: String(error) }, 'the directory of static Pods cannot be read');
      }
    });
    return this.#looking;
  }

  /** Takes from the workers what is not wanted any more, gives them what is and may begin. */
  #settle(): void {
    for (const [uid, pod] of this.#running) {
      if (this.#wanted.has(uid)) continue;
      this.#running.delete(uid);
      this.#leaving.set(uid, pod);
      this.#tell({ upserts: [], deletions: [keyOf(pod)] });
    }
    const occupied = new Set([...this.#leaving.values(), ...this.#remains.values()].map(nameOf));
    for (const [uid, pod] of this.#wanted) {
      if (this.#running.has(uid) || occupied.has(nameOf(pod))) continue;
      this.#running.set(uid, pod);
      this.#tell({ upserts: [pod as unknown as KubeObject], deletions: [] });
    }
    if (this.#started) this.#report();
  }

  #report(): void {
    const all = [...this.#running.values(), ...this.#leaving.values()];
    const told = all.map(({ metadata }) => metadata.uid).join();
    if (told === this.#told) return;
    this.#told = told;
    this.#options.reportStatics(all);
  }

  #tell(change: HeldChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  #merged(): HeldObjects {
    const { held } = this.#options;
    const isMirror = (object: KubeObject): boolean => mirroredUid(object) !== undefined;
    const running = this.#running;
    return {
      apply: (change) => held.apply(change),
      get: (key) => held.get(key),
      *all(resource) {
        for (const object of held.all(resource)) if (!isMirror(object)) yield object;
        if (resource === 'pods') yield* running.values() as unknown as Iterable<KubeObject>;
      },
      versions: () => held.versions(),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        const end = held.subscribe((change) =>
          listener({ ...change, upserts: change.upserts.filter((object) => !isMirror(object)) }),
        );
        return () => {
          this.#listeners.delete(listener);
          end();
        };
      },
    };
  }
}

/** A static Pod's uid is a hash; those the API gives look otherwise. */
const isStaticUid = (uid: string): boolean => /^[0-9a-f]{32}$/.test(uid);

const nameOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

const keyOf = ({ metadata }: Pod): string => `pods/${metadata.namespace}/${metadata.name}/${metadata.uid}`;
