/** What users read of an evicted Pod. API: a kubelet's words. Pure. */
import { formatQuantity } from '../../hub/api/exact-quantity.ts';
import { quantityOrShare } from '../../hub/api/quantity.ts';
import { type PodCost, requestOf } from './cost.ts';
import { type Reading, resourceOf } from './signal.ts';
import type { Threshold } from './threshold.ts';

/** Why a Pod had to go because its node is short of something. */
export function shortageMessage(threshold: Threshold, reading: Reading | undefined, cost: PodCost): string {
  const resource = resourceOf[threshold.signal];
  const amount = resource === 'memory' || resource === 'ephemeral-storage' ? bytes : String;
  const quantity =
    reading === undefined
      ? ''
      : `Threshold quantity: ${thresholdText(threshold, reading, amount)}, available: ${amount(Math.floor(reading.available))}. `;
  return `The node was low on resource: ${resource}. ${quantity}${greedy(resource, cost)}`;
}

function thresholdText(threshold: Threshold, reading: Reading, amount: (value: number) => string): string {
  return threshold.value.endsWith('%')
    ? amount(Math.floor(quantityOrShare(threshold.value, reading.capacity)))
    : threshold.value;
}

function greedy(resource: string, { pod, containers }: PodCost): string {
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return '';
  const parts: string[] = [];
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const cost = containers.get(container.name);
    const used = resource === 'memory' ? cost?.memory : cost?.disk;
    const request = requestOf(container, resource);
    if (used === undefined || used <= request) continue;
    const asked = container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource] ?? '0';
    parts.push(
      `Container ${container.name} was using ${bytes(used)}, request is ${asked}, has larger consumption of ${resource}. `,
    );
  }
  return parts.join('');
}

/** Bytes as the API writes them: `52344Ki`. */
export function bytes(value: number): string {
  return formatQuantity({ nano: BigInt(Math.max(0, Math.floor(value))) * 1_000_000_000n, format: 'BinarySI' });
}
