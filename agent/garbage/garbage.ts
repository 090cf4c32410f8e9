/** What nobody needs any more on this node, as the rest of the agent sees it. */
import type { ContainerImage } from '../../hub/api/node.ts';
import type { Part } from '../../hub/base/lifecycle.ts';

/** The keeper of images. */
export interface ImageKeeper extends Part {
  /** The largest images, as the Node's status shows them. From memory. */
  images(): readonly ContainerImage[];
  /** A directory of the file system the images lie on; undefined while the runtime has not said. From memory. */
  directory(): string | undefined;
  /** Removes every image nobody uses. Resolves when it is done; rejects when the runtime cannot. */
  removeUnused(): Promise<void>;
}
