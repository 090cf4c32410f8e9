/** Which controllers a changed Pod concerns: the one it has, the one it had, and those that might adopt it. */
import type { LabelSelector } from '../api/object.ts';
import { pods, type ResourceRef } from '../api/resource.ts';
import { labelSelectorMatcher } from '../api/selector.ts';
import type { Change, Entry } from '../registry/registry.ts';
import type { ControllerContext } from './context.ts';
import { type Interest, keyOf, relabelled } from './controller.ts';

/** One kind of controller. */
export interface PodInterestOptions {
  readonly context: ControllerContext;
  readonly ref: ResourceRef;
  readonly kind: string;
  readonly selectorOf: (entry: Entry) => LabelSelector | undefined;
}

/** The interest of that kind in Pods. */
export function podInterest(options: PodInterestOptions): Interest {
  const { context, kind, ref, selectorOf } = options;
  const owner = (entry: Entry | undefined): string | undefined => {
    const found = entry === undefined ? undefined : context.pods.of(entry).controller;
    return entry === undefined || found?.kind !== kind ? undefined : `${entry.namespace}/${found.name}`;
  };
  const adopters = (entry: Entry): string[] => {
    const found: string[] = [];
    for (const candidate of context.registry.entries(ref, entry.namespace)) {
      const selector = selectorOf(candidate);
      if (selector !== undefined && labelSelectorMatcher(selector).matches(entry.labels)) found.push(keyOf(candidate));
    }
    return found;
  };
  return {
    ref: pods,
    keys(change: Change) {
      const now = owner(change.entry);
      const before = owner(change.previous);
      const keys = new Set([now, before].filter((key) => key !== undefined));
      const orphan = context.pods.of(change.entry).controller === undefined;
      if (orphan && change.type !== 'DELETED' && (relabelled(change) || before !== undefined)) {
        for (const key of adopters(change.entry)) keys.add(key);
      }
      return keys;
    },
  };
}
