/** Taints of a node against the tolerations of a Pod. */
import { parseQuantity } from './quantity.ts';
import type { Taint, Toleration } from './scheduling.ts';

function compared(operator: string, taint: string | undefined, toleration: string | undefined): boolean {
  const left = parseQuantity(taint ?? '');
  const right = parseQuantity(toleration ?? '');
  if (left === undefined || right === undefined) return false;
  return operator === 'Lt' ? left < right : left > right;
}

/** API: an empty key with Exists tolerates everything, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  const key = toleration.key ?? '';
  if (key !== '' && key !== taint.key) return false;
  const operator = toleration.operator ?? '';
  if (operator === 'Exists') return true;
  if (operator === 'Lt' || operator === 'Gt') return compared(operator, taint.value, toleration.value);
  return key !== '' && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint with one of `effects` that nothing tolerates. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly string[],
): Taint | undefined {
  return taints.find(
    (taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

/** How many PreferNoSchedule taints the Pod does not tolerate: fewer is better. */
export function unwelcome(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  const soft = tolerations.filter((one) => (one.effect ?? '') === '' || one.effect === 'PreferNoSchedule');
  return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !soft.some((one) => tolerates(one, taint)))
    .length;
}
