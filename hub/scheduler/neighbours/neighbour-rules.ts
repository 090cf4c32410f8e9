/** Which rules the neighbours of one Pod make for its placing. */
import type { Pod } from '../../api/pod.ts';
import type { Neighbours } from './neighbours.ts';
import { affinityRule } from './pod-affinity.ts';
import type { NeighbourRule } from '../select.ts';
import { spreadRule } from './spread.ts';

/** The rules that neighbours make for `pod`: none for most. */
export function neighbourRules(neighbours: Neighbours, pod: Pod): readonly NeighbourRule[] {
  const { affinity, topologySpreadConstraints } = pod.spec;
  const rules: NeighbourRule[] = [];
  if (affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined || neighbours.anyRepelling) {
    const rule = affinityRule(neighbours, pod);
    if (rule !== undefined) rules.push(rule);
  }
  if ((topologySpreadConstraints ?? []).length > 0) rules.push(spreadRule(neighbours, pod));
  return rules;
}
