/** Objects as a hub makes them: decoded, defaulted and prepared by their kind, ready to look at. */
import type { FieldError } from '../../../hub/api/field-error.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Strategy } from '../../../hub/kinds/kind.ts';
import { strategyOf } from '../../../hub/kinds/strategies.ts';

/** The strategy of a kind of the group (`''` is core), in its v1. */
export function strategy(group: string, kind: string): Strategy {
  return strategyOf(group, kind, `io.k8s.api.${group === '' ? 'core' : group.split('.')[0]}.v1.${kind}`);
}

/** An object of a kind, with parts of its own. */
function object(group: string, kind: string, parts: Record<string, unknown> = {}): KubeObject {
  const { metadata, ...rest } = parts;
  return {
    apiVersion: group === '' ? 'v1' : `${group}/v1`,
    kind,
    metadata: { name: 'x', namespace: 'default', ...(metadata as object) },
    ...structuredClone(rest),
  };
}

/** The object after its defaults and its preparation for a create. */
export function created<T = KubeObject>(group: string, kind: string, parts: Record<string, unknown> = {}): T {
  const made = object(group, kind, parts);
  strategy(group, kind).setDefaults(made);
  strategy(group, kind).prepareCreate(made);
  return made as T;
}

/** What is wrong with such an object: `field: message`, a line each. */
export function faults(group: string, kind: string, parts: Record<string, unknown> = {}): string[] {
  return lines(strategy(group, kind).validateCreate(created(group, kind, parts)));
}

/** What is wrong with changing one object into another one. */
export function changeFaults(
  group: string,
  kind: string,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): string[] {
  const old = created(group, kind, before);
  const made = object(group, kind, after);
  strategy(group, kind).setDefaults(made);
  strategy(group, kind).prepareUpdate(made, old);
  return lines(strategy(group, kind).validateUpdate(made, old));
}

/** Field errors as they stand in a Status message. */
export function lines(errors: readonly FieldError[]): string[] {
  return errors.map((error) => `${error.field}: ${error.message}`);
}

/** Labels and a template that fit each other. */
export const selected = {
  selector: { matchLabels: { app: 'x' } },
  template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'busybox:1' }] } },
};
