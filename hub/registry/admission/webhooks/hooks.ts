/** The webhooks there are, ready to be asked: by the names of their configurations, then as listed there. */
import { labelSelectorMatcher, type LabelMatcher } from '../../../api/selector.ts';
import type { ResourceRef } from '../../../api/resource.ts';
import type { MutatingWebhook, MutatingWebhookConfiguration } from '../../../api/webhook.ts';
import type { ConditionSet } from '../../../kinds/control/policy/evaluation.ts';
import { lazyConditions } from '../../../kinds/control/lazy-match-conditions.ts';
import type { Entry } from '../../registry.ts';
import type { Reader } from '../forbid.ts';

/** One webhook. Fields that only mutating ones have are unset for others. */
export interface Hook {
  readonly webhook: MutatingWebhook;
  readonly namespaces: LabelMatcher;
  readonly objects: LabelMatcher;
  /** Undefined when it has none. */
  readonly conditions: ConditionSet | undefined;
}

function hookOf(webhook: MutatingWebhook): Hook {
  return {
    webhook,
    namespaces: labelSelectorMatcher(webhook.namespaceSelector ?? {}),
    objects: labelSelectorMatcher(webhook.objectSelector ?? {}),
    conditions: lazyConditions(webhook.matchConditions),
  };
}

/** The webhooks of one kind of configuration. */
export class Hooks {
  readonly #reader: Reader;
  readonly #resource: ResourceRef;
  readonly #made = new WeakMap<Entry, readonly Hook[]>();

  constructor(reader: Reader, resource: ResourceRef) {
    this.#reader = reader;
    this.#resource = resource;
  }

  /** All of them, in the order they are asked. */
  all(): readonly Hook[] {
    const entries = [...this.#reader.entries(this.#resource)];
    if (entries.length > 1) entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((entry) => this.#of(entry));
  }

  #of(entry: Entry): readonly Hook[] {
    let hooks = this.#made.get(entry);
    if (hooks === undefined) {
      hooks = (entry.object<MutatingWebhookConfiguration>().webhooks ?? []).map(hookOf);
      this.#made.set(entry, hooks);
    }
    return hooks;
  }
}
