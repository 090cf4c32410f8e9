/** What the containers of a Pod request together, exactly. API: init containers run before, so the greater counts. */
import type { Container, ResourceRequirements } from '../../api/container.ts';
import { countedSpec } from '../../api/counted-spec.ts';
import { addQuantities, compareQuantities, formatQuantity, readQuantity } from '../../api/exact-quantity.ts';
import type { Pod } from '../../api/pod.ts';

/** Quantities by resource name. */
export type Amounts = Readonly<Record<string, string>>;

/** Adds `more` to `total`, in place. */
export function addAmounts(total: Record<string, string>, more: Amounts): void {
  for (const [name, amount] of Object.entries(more)) total[name] = addQuantities(total[name] ?? '0', amount);
}

/** The amount of `quantity` written without binary suffixes, as sums are. */
export function plainAmount(quantity: string): string {
  const read = readQuantity(quantity);
  return typeof read === 'string' ? quantity : formatQuantity({ nano: read.nano, format: 'DecimalSI' });
}

/** All requests, or all limits, of a Pod; while it is resized, the greater of what it asks for and what it has. */
export function podAmounts(pod: Pod, which: keyof Pick<ResourceRequirements, 'requests' | 'limits'>): Amounts {
  const spec = countedSpec(pod);
  const total: Record<string, string> = {};
  const amountsOf = (container: Container): Amounts => container.resources?.[which] ?? {};
  for (const container of spec.containers) addAmounts(total, amountsOf(container));
  const sidecars: Record<string, string> = {};
  const peak: Record<string, string> = {};
  for (const container of spec.initContainers ?? []) {
    const now = { ...sidecars };
    addAmounts(now, amountsOf(container));
    if (container.restartPolicy === 'Always') addAmounts(sidecars, amountsOf(container));
    for (const [name, amount] of Object.entries(now)) {
      if (compareQuantities(amount, peak[name] ?? '0') > 0) peak[name] = amount;
    }
  }
  addAmounts(total, sidecars);
  for (const [name, amount] of Object.entries(peak)) {
    if (compareQuantities(amount, total[name] ?? '0') > 0) total[name] = amount;
  }
  // API: what a Pod asks for as a whole wins over the sum of its containers
  for (const [name, amount] of Object.entries(spec.resources?.[which] ?? {})) total[name] = amount;
  if (which === 'requests' || pod.spec.overhead !== undefined) addOverhead(total, pod, which);
  return total;
}

function addOverhead(total: Record<string, string>, pod: Pod, which: string): void {
  for (const [name, amount] of Object.entries(pod.spec.overhead ?? {})) {
    if (which === 'requests' || total[name] !== undefined) total[name] = addQuantities(total[name] ?? '0', amount);
  }
}
