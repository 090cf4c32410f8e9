/** Node-pressure eviction as the rest of the agent sees it. */
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Pressure } from './signal.ts';

/** The watch over what runs short on this node. */
export interface Eviction extends Part {
  /** What the node is short of now, as its conditions show it. */
  pressures(): ReadonlySet<Pressure>;
  /** Why a new Pod may not begin while the node is short of something. */
  refuse(pod: Pod): { readonly reason: string; readonly message: string } | undefined;
}
