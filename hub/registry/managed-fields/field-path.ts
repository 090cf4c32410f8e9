/** Paths to fields as errors print them: `.spec.containers[name="a"].image`. */

/** What stands between the brackets of a list item. */
export function printedKey(step: string): string {
  if (step.startsWith('v:')) return `=${step.slice(2)}`;
  const keys = JSON.parse(step.slice(2)) as Record<string, unknown>;
  return Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',');
}

/** One step of a set as a path prints it. */
export function printedStep(step: string): string {
  return step.startsWith('f:') ? `.${step.slice(2)}` : `[${printedKey(step)}]`;
}

/** A whole path. */
export function printedPath(steps: readonly string[]): string {
  return steps.map(printedStep).join('');
}
