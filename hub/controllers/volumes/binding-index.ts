/** Which claims and volumes a change concerns: claims without a volume, and volumes by the claim they name. */
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import { isBound } from '../../api/volume-binding.ts';
import type { Change, Entry } from '../../registry/registry.ts';
import { keyOf } from '../controller.ts';

function ownerOf(entry: Entry | undefined): string | undefined {
  const ref = entry?.object<PersistentVolume>().spec?.claimRef;
  return ref === undefined ? undefined : `${ref.namespace ?? ''}/${ref.name ?? ''}`;
}

/** Kept by changes. Keys are those of `keyOf`. */
export class BindingIndex {
  readonly #unbound = new Set<string>();
  readonly #byClaim = new Map<string, Set<string>>();

  /** Takes in a volume. */
  see(entry: Entry): void {
    this.#move(keyOf(entry), undefined, ownerOf(entry));
  }

  /** Takes in a claim. */
  seeClaim(entry: Entry): void {
    if (isBound(entry.object<PersistentVolumeClaim>())) this.#unbound.delete(keyOf(entry));
    else this.#unbound.add(keyOf(entry));
  }

  /** Claims that have no volume yet. */
  unbound(): Iterable<string> {
    return [...this.#unbound];
  }

  /** The claim, the volume it names, and those that name it. */
  *claimChanged({ type, entry }: Change): Iterable<string> {
    const key = keyOf(entry);
    if (type === 'DELETED') this.#unbound.delete(key);
    else this.seeClaim(entry);
    yield key;
    const volume = entry.object<PersistentVolumeClaim>().spec?.volumeName ?? '';
    if (volume !== '') yield `/${volume}`;
    yield* this.#byClaim.get(key) ?? [];
  }

  /** The volume, its claim, and when it is free every claim that may want it. */
  *volumeChanged({ type, entry, previous }: Change): Iterable<string> {
    const key = keyOf(entry);
    const owner = ownerOf(entry);
    const before = ownerOf(previous);
    this.#move(key, before, type === 'DELETED' ? undefined : owner);
    yield key;
    for (const claim of new Set([owner, before])) if (claim !== undefined) yield claim;
    const isFree = owner === undefined && entry.object<PersistentVolume>().status?.phase === 'Available';
    if (type !== 'DELETED' && isFree) yield* this.unbound();
  }

  #move(volume: string, before: string | undefined, now: string | undefined): void {
    if (before !== undefined && before !== now) {
      const volumes = this.#byClaim.get(before);
      volumes?.delete(volume);
      if (volumes?.size === 0) this.#byClaim.delete(before);
    }
    if (now === undefined) return;
    const volumes = this.#byClaim.get(now) ?? new Set<string>();
    this.#byClaim.set(now, volumes);
    volumes.add(volume);
  }
}
