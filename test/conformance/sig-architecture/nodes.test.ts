/** What a cluster is at least. */
import assert from 'node:assert/strict';
import { hasCondition } from '../objects.ts';
import { conformance } from '../suite.ts';

conformance('[sig-architecture] conformance.go: two untainted nodes', async ({ items }) => {
  const usable = (await items('/api/v1/nodes')).filter((node) => {
    const taints = (node['spec'].taints ?? []) as { effect: string }[];
    const blocked = taints.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    return hasCondition(node, 'Ready') && node['spec'].unschedulable !== true && !blocked;
  });
  assert.ok(usable.length >= 2, `${usable.length} nodes`);
});
