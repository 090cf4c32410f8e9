/** Removes the directories of volumes the built-in provisioner made here, once the hub says that nobody wants them any more. */
import type { HeldObjects } from '../state/held.ts';
import { releasingNode } from '../../hub/api/local-path.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import type { PersistentVolume } from '../../hub/api/persistent-volume.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import { WorkQueue } from '../../hub/base/work-queue.ts';
import { type LocalVolumes, provisionedPath } from './persistent.ts';
import { removeTree } from './remove-tree.ts';

/** Options of `createReleasedVolumes`. */
export interface ReleasedVolumesOptions {
  readonly local: LocalVolumes;
  readonly held: HeldObjects;
  /** The directory of the PersistentVolume is gone. */
  readonly released: (name: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the part: it looks at what is held when it starts, and at every change. */
export function createReleasedVolumes({ local, held, released, clock, log }: ReleasedVolumesOptions): Part {
  const queue = new WorkQueue({
    name: 'released-volumes',
    handle: release,
    clock,
    log,
    workers: 1,
    backoff: { first: 1000, limit: 300_000 },
  });

  async function release(name: string): Promise<undefined> {
    const volume = held.get(`persistentvolumes//${name}`) as PersistentVolume | undefined;
    if (volume === undefined || releasingNode(volume) !== local.node) return;
    const path = provisionedPath(volume, local);
    // a path that is not one of this node's own is somebody's data
    if (path === undefined)
      log.warn({ volume: name }, 'a released volume is no directory of this node: nothing is removed');
    else await removeTree(path);
    released(name);
  }

  function meet(object: KubeObject): void {
    if (releasingNode(object as PersistentVolume) === local.node) queue.add(object.metadata.name ?? '');
  }

  let unsubscribe: (() => void) | undefined;
  return {
    name: 'released-volumes',
    start() {
      unsubscribe = held.subscribe(({ upserts }) => {
        for (const object of upserts) if (object.kind === 'PersistentVolume') meet(object);
      });
      for (const object of held.all('persistentvolumes')) meet(object);
    },
    async stop() {
      unsubscribe?.();
      await queue.stop();
    },
  };
}
