/** The images in a Node's status. API: at most 50, the largest first. Pure. */
import type { ContainerImage } from '../../hub/api/node.ts';
import type { ImageObservation } from '../runtime/image.ts';

const shown = 50;
/** API: no more names of one image are told. */
const names = 5;

/** The images as the API shows them: digests, then tags. Equal sizes are ordered by name, so that the list stands still. */
export function nodeImages(images: readonly ImageObservation[]): ContainerImage[] {
  return images
    .map(({ digests, tags, size }) => ({ names: [...digests, ...tags].slice(0, names), sizeBytes: size }))
    .filter((image) => image.names.length > 0)
    .sort((a, b) => b.sizeBytes - a.sizeBytes || ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1))
    .slice(0, shown);
}
