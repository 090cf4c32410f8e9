/** Which images are on which nodes. Pure. */
import type { Node } from '../../../hub/api/node.ts';

/** An image, by its most telling name. */
export interface ListedImage {
  readonly name: string;
  /** Bytes, as the nodes' runtimes count them. */
  readonly size: number;
  readonly nodes: readonly string[];
}

/** Out of what nodes report, which are their fifty largest each. By name. */
export function listImages(nodes: readonly Node[]): ListedImage[] {
  const found = new Map<string, { size: number; nodes: string[] }>();
  for (const { metadata, status } of nodes) {
    for (const { names = [], sizeBytes = 0 } of status?.images ?? []) {
      const name = tellingName(names);
      if (name === undefined) continue;
      const image = found.get(name) ?? { size: 0, nodes: [] };
      image.size = Math.max(image.size, sizeBytes);
      image.nodes.push(metadata.name ?? '');
      found.set(name, image);
    }
  }
  return [...found].map(([name, image]) => ({ name, ...image })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A tag says more than a digest. */
const tellingName = (names: readonly string[]): string | undefined =>
  names.find((name) => !name.includes('@')) ?? names[0];
