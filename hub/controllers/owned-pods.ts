/** The Pods a controller's object has: those it controls, adopted and released as its selector says. */
import type { KubeObject } from '../api/object.ts';
import { pods } from '../api/resource.ts';
import type { LabelMatcher } from '../api/selector.ts';
import type { Entry, WriteOptions } from '../registry/registry.ts';
import { claim } from './claim.ts';
import type { ControllerContext } from './context.ts';

/** The Pods this object controls now. */
export function ownedPods({ registry, pods: facts }: ControllerContext, { uid }: Entry): Entry[] {
  return registry
    .dependents(uid)
    .filter((one) => one.info.resource === 'pods' && facts.of(one).controller?.uid === uid);
}

/** Options of `claimPods`. */
export interface ClaimPodsOptions {
  readonly entry: Entry;
  /** The object of `entry`. */
  readonly owner: KubeObject;
  readonly writer: WriteOptions;
  readonly labels: LabelMatcher;
  /** Which orphans with these labels are wanted; all that are not being deleted where it is left out. */
  readonly adopts?: (pod: Entry) => boolean;
  /** A finalizer Pods have for as long as they belong to the owner. */
  readonly finalizer?: string;
}

/** Adopts Pods that match and belong to nobody, releases those that match no longer; answers what the owner has then. */
export function claimPods(context: ControllerContext, options: ClaimPodsOptions): Promise<readonly Entry[]> {
  const { registry, orphans, pods: facts } = context;
  const { entry, adopts = (pod) => !facts.of(pod).deleting, ...rest } = options;
  return claim({
    ...rest,
    registry,
    ref: pods,
    owned: ownedPods(context, entry),
    orphans: orphans.matching(entry.namespace, options.labels).filter(adopts),
  });
}
