/**
 * Keeps the images of a container runtime: knows them for the Node's status, and removes those nobody uses when their disk is full.
 *
 * INVARIANTS: one look at a time; a look follows what happens to containers after a moment, and a slow beat where nothing does;
 * an image a container is made from is never removed.
 */
import { statfs } from 'node:fs/promises';
import type { ContainerImage } from '../../hub/api/node.ts';
import { sameJson } from '../../hub/api/same-json.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { ContainerObservation } from '../runtime/container.ts';
import type { ImageObservation, Images } from '../runtime/image.ts';
import type { ImageKeeper } from './garbage.ts';
import { imageGarbage, type ImageUse } from './image-garbage.ts';
import { nodeImages } from './node-images.ts';

/** Options of `createImageKeeper`. */
export interface ImageKeeperOptions {
  readonly settings: CapacitySettings;
  readonly images: Images;
  readonly containers: () => Promise<readonly ContainerObservation[]>;
  /** Calls back whenever a container started or exited; the answer unsubscribes. */
  readonly subscribe: (listener: () => void) => () => void;
  /** `images` or `directory` are others now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long after something happened the images are looked at, and how often when nothing does, in milliseconds. */
const moment = 5000;
const beat = 300_000;

/** Makes the keeper. */
export function createImageKeeper(options: ImageKeeperOptions): ImageKeeper {
  const { settings, images, clock, log } = options;
  const uses = new Map<string, ImageUse>();
  let told: readonly ContainerImage[] = [];
  let directory: string | undefined;
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let due = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};
  let release = (): void => {};

  /** Looks at what there is, and removes what may go; `all`: whatever the disk says. */
  async function tend(all: boolean): Promise<void> {
    const found = await images.list();
    const now = clock.now();
    const inUse = usedBy(await options.containers(), found);
    note(found, inUse, now);
    const disk = await space();
    const { remove, missing } = imageGarbage({
      ...{ images: found, uses, inUse, disk, all, now },
      high: settings.imageGCHighThresholdPercent,
      low: settings.imageGCLowThresholdPercent,
      minimumAge: settings.imageMinimumGCAge * 1000,
      maximumAge: settings.imageMaximumGCAge * 1000,
    });
    const removed = new Set<string>();
    for (const image of remove) {
      if (stopped) break;
      await images.remove(image.id);
      removed.add(image.id);
      log.info({ image: image.tags[0] ?? image.digests[0] ?? image.id, bytes: image.size }, 'removed an image');
    }
    if (missing > 0) log.warn({ bytes: missing }, 'the disk of the images is full, and no other image may go');
    show(found.filter(({ id }) => !removed.has(id)));
  }

  function note(found: readonly ImageObservation[], inUse: ReadonlySet<string>, now: number): void {
    const there = new Set(found.map(({ id }) => id));
    for (const id of uses.keys()) if (!there.has(id)) uses.delete(id);
    for (const id of there) {
      const before = uses.get(id);
      uses.set(id, { firstSeen: before?.firstSeen ?? now, lastUsed: inUse.has(id) ? now : before?.lastUsed });
    }
  }

  async function space(): Promise<{ capacity: number; available: number } | undefined> {
    const storage = await images.storage();
    if (storage === undefined) return undefined;
    if (directory !== storage.mountpoint) {
      directory = storage.mountpoint;
      options.changed();
    }
    const { blocks, bavail, bsize } = await statfs(storage.mountpoint);
    return { capacity: blocks * bsize, available: bavail * bsize };
  }

  function show(left: readonly ImageObservation[]): void {
    const next = nodeImages(left);
    if (sameJson(told, next)) return;
    told = next;
    options.changed();
  }

  /** One after the other; a failure is the caller's. */
  function next(all: boolean): Promise<void> {
    const turn = running.then(() => tend(all));
    running = turn.catch(() => {});
    return turn;
  }

  function later(milliseconds: number): void {
    const at = clock.now() + milliseconds;
    if (stopped || at >= due) return;
    cancel();
    due = at;
    cancel = clock.after(milliseconds, () => {
      due = Number.POSITIVE_INFINITY;
      void next(false)
        .catch((error: unknown) => log.warn({ error: String(error) }, 'could not look at the images'))
        .finally(() => later(beat));
    });
  }

  return {
    name: 'images',
    start() {
      release = options.subscribe(() => later(moment));
      later(0);
    },
    async stop() {
      stopped = true;
      release();
      cancel();
      await running;
    },
    images: () => told,
    directory: () => directory,
    removeUnused: () => next(true),
  };
}

/** A container names its image by digest, by tag or by id. */
function usedBy(containers: readonly ContainerObservation[], images: readonly ImageObservation[]): Set<string> {
  const named = new Set(containers.flatMap(({ image, imageId }) => [image, imageId]));
  const names = ({ id, tags, digests }: ImageObservation): string[] => [id, ...tags, ...digests];
  return new Set(images.filter((image) => names(image).some((name) => named.has(name))).map(({ id }) => id));
}
