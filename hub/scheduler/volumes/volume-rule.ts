/** Which nodes the volumes of a Pod can be had on, and what has to be done there. Pure. */
import { localPathProvisioner } from '../../api/local-path.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import { classOf, matchVolume, noProvisioner, reachableFrom, selectedNode } from '../../api/volume-binding.ts';
import type { DelayedClaim, PodClaims } from './claims.ts';
import type { Refusal } from '../filter.ts';
import type { NodeRoom } from '../node-room.ts';
import type { NeighbourRule } from '../select.ts';

/** What has to happen before the Pod can be bound to the node. */
export interface VolumePlan {
  readonly node: string;
  /** Volumes that are there. */
  readonly take: readonly { readonly claim: PersistentVolumeClaim; readonly volume: string }[];
  /** Claims for which a volume is made. */
  readonly make: readonly PersistentVolumeClaim[];
}

/** What the rule stands on. */
export interface VolumeRuleOptions {
  readonly claims: PodClaims;
  /** All there are; asked at most once. */
  readonly volumes: () => Iterable<PersistentVolume>;
  /** Names of volumes promised to Pods on their way. */
  readonly taken: ReadonlySet<string>;
  /** True while a Pod with a place uses the claim. */
  readonly inUse: (claim: string) => boolean;
}

const lasting = (reason: string): Refusal => ({ reasons: [reason], lasting: true });
const usedElsewhere: Refusal = {
  reasons: [
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
  ],
  lasting: false,
};
const unreachable = lasting("node(s) didn't match PersistentVolume's node affinity");
const lost = lasting('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
const unmatched = lasting("node(s) didn't find available persistent volumes to bind");

/** True when a volume can be made for the claim where `node` is. */
function canMake({ storageClass }: DelayedClaim, node: NodeRoom): boolean {
  if (storageClass.provisioner === noProvisioner) return false;
  if (storageClass.provisioner === localPathProvisioner && !node.keepsVolumes) return false;
  const topologies = storageClass.allowedTopologies ?? [];
  if (topologies.length === 0) return true;
  return topologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(node.labels[key] ?? '')),
  );
}

/** The rule of one Pod. */
export class VolumeRule implements NeighbourRule {
  readonly #options: VolumeRuleOptions;
  #candidates: readonly PersistentVolume[] | undefined;

  constructor(options: VolumeRuleOptions) {
    this.#options = options;
  }

  refuse(node: NodeRoom): Refusal | undefined {
    const { claims, inUse } = this.#options;
    if (claims.exclusive.some(inUse)) return usedElsewhere;
    const { bound } = claims;
    const isHere = (volume: PersistentVolume): boolean => reachableFrom(volume, node);
    if (bound.some((volume) => volume !== undefined && !isHere(volume))) return unreachable;
    if (bound.includes(undefined)) return lost;
    return claims.delayed.length > 0 && this.plan(node) === undefined ? unmatched : undefined;
  }

  /** What is to be done for the claims that wait for a node; undefined when it cannot be done on this one. */
  plan(node: NodeRoom): VolumePlan | undefined {
    const taken = new Set(this.#options.taken);
    const take: { claim: PersistentVolumeClaim; volume: string }[] = [];
    const make: PersistentVolumeClaim[] = [];
    for (const delayed of this.#options.claims.delayed) {
      const { claim } = delayed;
      const chosen = claim.metadata.annotations?.[selectedNode];
      if (chosen !== undefined && chosen !== node.name) return undefined;
      const volume = chosen === undefined ? this.#match(claim, node, taken) : undefined;
      if (volume !== undefined) {
        taken.add(volume);
        take.push({ claim, volume });
      } else if (canMake(delayed, node)) make.push(claim);
      else return undefined;
    }
    return { node: node.name, take, make };
  }

  #match(claim: PersistentVolumeClaim, node: NodeRoom, taken: ReadonlySet<string>): string | undefined {
    if (this.#candidates === undefined) {
      const classes = new Set(this.#options.claims.delayed.map((one) => classOf(one.claim)));
      this.#candidates = [...this.#options.volumes()].filter((volume) => classes.has(classOf(volume)));
    }
    return matchVolume(claim, this.#candidates, { node, taken })?.metadata.name;
  }
}
