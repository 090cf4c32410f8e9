/** What a Deployment writes on itself and its ReplicaSets: revisions and sizes. */
import type { Deployment, ReplicaSet } from '../../api/workload.ts';

const prefix = 'deployment.kubernetes.io/';
/** On both: which revision of the Deployment this is. */
export const revisionAnnotation = `${prefix}revision`;
/** On a ReplicaSet: the revisions it was before. */
const historyAnnotation = `${prefix}revision-history`;
/** On a ReplicaSet: how many the Deployment wants, and may have while it rolls out. */
export const desiredAnnotation = `${prefix}desired-replicas`;
export const maxAnnotation = `${prefix}max-replicas`;

/** Annotations of a Deployment that say nothing about its ReplicaSets. */
const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.revision',
]);

/** API: maxRevisionHistoryLengthInChars. */
const historyLimit = 2000;

/** API: a revision is a 64-bit integer, which a number cannot hold. */
function readRevision(text: string | undefined): bigint {
  return text !== undefined && /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
}

/** The revision of a ReplicaSet; 0 when it has none. */
export function revisionOf(set: ReplicaSet): bigint {
  return readRevision(set.metadata.annotations?.[revisionAnnotation]);
}

/** The number in one of the size annotations. */
export function sizeOf(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** Old revisions, as far as they fit. */
function history(before: string | undefined, old: string): string {
  const list = before === undefined || before === '' ? [] : before.split(',');
  list.push(old);
  while (list.length > 1 && list.join(',').length > historyLimit) list.shift();
  return list.join(',');
}

/** The annotations the newest ReplicaSet of `deployment` shall have; `revision` is what it is at least. */
export function newSetAnnotations(
  deployment: Deployment,
  before: Readonly<Record<string, string>> | undefined,
  revision: bigint,
): Record<string, string> {
  const result: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(name)) result[name] = value;
  }
  const old = before?.[revisionAnnotation];
  if (readRevision(old) < revision) {
    result[revisionAnnotation] = String(revision);
    if (old !== undefined && old !== '') result[historyAnnotation] = history(before?.[historyAnnotation], old);
  }
  return result;
}

/** The sizes written beside spec.replicas, so that a later change of size is noticed and shared out fairly. */
export function sizeAnnotations(wanted: number, surge: number): Record<string, string> {
  return { [desiredAnnotation]: String(wanted), [maxAnnotation]: String(wanted + surge) };
}
