/** What still stands in the way of a namespace that is being deleted, as conditions of its status. */
import type { NamespaceCondition } from '../../api/config.ts';
import { timestamp } from '../../api/object.ts';

/** What is left: how many objects by resource (`pods`, `deployments.apps`), and by finalizer. */
export interface Remaining {
  readonly resources: ReadonlyMap<string, number>;
  readonly finalizers: ReadonlyMap<string, number>;
  /** Why content could not be deleted. */
  readonly failures: readonly string[];
  /** Group versions of other servers that cannot be asked what they have. */
  readonly unknown: readonly string[];
}

type Said = Omit<NamespaceCondition, 'lastTransitionTime'>;

function listed(counts: ReadonlyMap<string, number>, form: (name: string, count: number) => string): string {
  return [...counts]
    .map(([name, count]) => form(name, count))
    .sort()
    .join(', ');
}

function undiscovered(unknown: readonly string[]): string {
  const each = unknown.map((one) => `${one}: stale GroupVersion discovery: ${one}`);
  return `unable to retrieve the complete list of server APIs: ${each.join(', ')}`;
}

function said(remaining: Remaining): Said[] {
  const { resources, finalizers, failures, unknown } = remaining;
  const left = listed(resources, (name, count) => `${name} has ${count} resource instances`);
  const waiting = listed(finalizers, (name, count) => `${name} in ${count} resource instances`);
  return [
    unknown.length === 0
      ? {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'False',
          reason: 'ResourcesDiscovered',
          message: 'All resources successfully discovered',
        }
      : {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'True',
          reason: 'DiscoveryFailed',
          message: `Discovery failed for some groups, ${unknown.length} failing: ${undiscovered(unknown)}`,
        },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    failures.length === 0
      ? {
          type: 'NamespaceDeletionContentFailure',
          status: 'False',
          reason: 'ContentDeleted',
          message: 'All content successfully deleted, may be waiting on finalization',
        }
      : {
          type: 'NamespaceDeletionContentFailure',
          status: 'True',
          reason: 'ContentDeletionFailed',
          message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
        },
    resources.size === 0
      ? {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${left}`,
        },
    finalizers.size === 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${waiting}`,
        },
  ];
}

/** The conditions; those that say what they said before keep their time. */
export function terminationConditions(
  before: readonly NamespaceCondition[] | undefined,
  remaining: Remaining,
  now: number,
): NamespaceCondition[] {
  return said(remaining).map((condition) => {
    const old = before?.find((one) => one.type === condition.type);
    const lastTransitionTime =
      old?.status === condition.status && old.lastTransitionTime !== undefined
        ? old.lastTransitionTime
        : timestamp(now);
    const { type, status, reason = '', message = '' } = condition;
    return { type, status, lastTransitionTime, reason, message };
  });
}
