/** Decides which images of a node go. API: a kubelet's image garbage collection. Pure. */
import type { ImageObservation } from '../runtime/image.ts';

/** What is known of an image's use. Unix milliseconds. */
export interface ImageUse {
  readonly firstSeen: number;
  /** When a container made from it was last seen; undefined: never. */
  readonly lastUsed: number | undefined;
}

/** What the decision looks at. Times in milliseconds, shares in percent. */
export interface ImageGarbageInput {
  readonly images: readonly ImageObservation[];
  /** By image id. */
  readonly uses: ReadonlyMap<string, ImageUse>;
  /** Ids of images a container is made from now. */
  readonly inUse: ReadonlySet<string>;
  /** The disk images lie on; undefined: unknown. */
  readonly disk: { readonly capacity: number; readonly available: number } | undefined;
  /** Everything nobody uses is to go. */
  readonly all: boolean;
  readonly high: number;
  readonly low: number;
  readonly minimumAge: number;
  /** 0: images do not grow too old. */
  readonly maximumAge: number;
  readonly now: number;
}

/** What goes, in this order, and how many bytes are missing nevertheless. */
export interface ImageGarbage {
  readonly remove: readonly ImageObservation[];
  readonly missing: number;
}

/** The decision: those that are too old, then the least recently used until enough is free. */
export function imageGarbage(input: ImageGarbageInput): ImageGarbage {
  const { uses, now } = input;
  const of = (image: ImageObservation): ImageUse => uses.get(image.id) ?? { firstSeen: now, lastUsed: undefined };
  const free = input.images
    .filter((image) => !image.pinned && !input.inUse.has(image.id))
    .filter((image) => now - of(image).firstSeen >= input.minimumAge)
    .sort((a, b) => (of(a).lastUsed ?? 0) - (of(b).lastUsed ?? 0) || of(a).firstSeen - of(b).firstSeen);
  const wanted = toFree(input);
  const remove: ImageObservation[] = [];
  let freed = 0;
  for (const image of free) {
    const { firstSeen, lastUsed = firstSeen } = of(image);
    const old = input.maximumAge > 0 && now - lastUsed > input.maximumAge;
    if (!old && freed >= wanted) continue;
    remove.push(image);
    freed += image.size;
  }
  return { remove, missing: Number.isFinite(wanted) ? Math.max(0, wanted - freed) : 0 };
}

function toFree({ all, disk, high, low }: ImageGarbageInput): number {
  if (all) return Number.POSITIVE_INFINITY;
  if (disk === undefined || disk.capacity === 0) return 0;
  const used = 100 - (disk.available * 100) / disk.capacity;
  return used < high ? 0 : Math.max(0, (disk.capacity * (100 - low)) / 100 - disk.available);
}
