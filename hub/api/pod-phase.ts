/** What the phase of a Pod says about it. */

/** True when no container of the Pod will run again. */
export function hasEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
