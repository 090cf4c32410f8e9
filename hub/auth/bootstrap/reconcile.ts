/** What a bootstrap role or binding that is already there lacks: pure, additions only. */
import type { ObjectMeta } from '../../api/object.ts';
import type { PolicyRule, Subject } from '../../api/rbac.ts';
import { uncovered } from '../rbac-cover.ts';

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

/** False when the administrator keeps this object as it is. */
export function isKept(metadata: ObjectMeta): boolean {
  return metadata.annotations?.[autoupdate] === 'false';
}

/** The stored metadata with wanted labels and annotations added; undefined when nothing is missing. */
export function repairedMetadata(stored: ObjectMeta, wanted: ObjectMeta): ObjectMeta | undefined {
  const lacks = (have: Record<string, string> = {}, want: Record<string, string> = {}): boolean =>
    Object.keys(want).some((key) => have[key] === undefined);
  if (!lacks(stored.labels, wanted.labels) && !lacks(stored.annotations, wanted.annotations)) return undefined;
  return {
    ...stored,
    labels: { ...wanted.labels, ...stored.labels },
    annotations: { ...wanted.annotations, ...stored.annotations },
  };
}

/** The stored rules with the wanted ones that they do not cover added; undefined when they cover all. */
export function repairedRules(
  stored: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] | undefined {
  const missing = wanted.filter((rule) => uncovered(stored, [rule]).length > 0);
  return missing.length === 0 ? undefined : [...stored, ...missing];
}

const same = (left: Subject, right: Subject): boolean =>
  left.kind === right.kind && left.name === right.name && (left.namespace ?? '') === (right.namespace ?? '');

/** The stored subjects with the wanted ones added; undefined when all are there. */
export function repairedSubjects(
  stored: readonly Subject[],
  wanted: readonly Subject[],
): readonly Subject[] | undefined {
  const missing = wanted.filter((subject) => !stored.some((one) => same(one, subject)));
  return missing.length === 0 ? undefined : [...stored, ...missing];
}
