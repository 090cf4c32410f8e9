/** ResourceQuotas: keeps in their status what is bounded and what of it is used. */
import { isNotFound } from '../../api/errors.ts';
import type { ResourceQuota, ResourceQuotaStatus } from '../../api/quota.ts';
import { resourceQuotas, type ResourceRef } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Part } from '../../base/lifecycle.ts';
import { isCounted, usageOf } from '../../registry/admission/quota-usage.ts';
import type { Change, Entry } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { quotaStatus, resourcesCounted } from './usage.ts';

type Amounts = Readonly<Record<string, string>>;

/** `deployments.apps`, or `pods` in the core group. */
function nameOf(ref: ResourceRef): string {
  return ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`;
}

/**
 * Which quotas a change concerns: those of its namespace that count its resource. Most namespaces have none.
 * API: a status somebody else wrote stays until the bounds or what is counted change.
 */
class QuotaIndex {
  /** By namespace, then by the quota's key: what it counts. */
  readonly #counted = new Map<string, Map<string, Set<string>>>();

  keep(entry: Entry): void {
    const known = this.#counted.get(entry.namespace) ?? new Map<string, Set<string>>();
    known.set(keyOf(entry), resourcesCounted(entry.object<ResourceQuota>()));
    this.#counted.set(entry.namespace, known);
  }

  forget(entry: Entry): void {
    const known = this.#counted.get(entry.namespace);
    known?.delete(keyOf(entry));
    if (known?.size === 0) this.#counted.delete(entry.namespace);
  }

  concerned(entry: Entry): readonly string[] {
    const known = this.#counted.get(entry.namespace);
    if (known === undefined) return [];
    const name = nameOf(entry.info);
    return [...known].flatMap(([key, resources]) => (resources.has(name) ? [key] : []));
  }
}

function boundsChanged({ entry, previous }: Change): boolean {
  const before = previous?.object<ResourceQuota>().spec;
  return !sameJson(entry.object<ResourceQuota>().spec, before);
}

/** Keeps the status of quotas. */
export function createQuotaController(context: ControllerContext): Part {
  const { registry } = context;
  const writer = { ...writerOf('resourcequota-controller'), subresource: 'status' };
  const index = new QuotaIndex();
  const known = new WeakMap<Entry, Amounts>();
  const usage = (entry: Entry): Amounts => {
    let amounts = known.get(entry);
    if (amounts === undefined) {
      amounts = usageOf(entry.info, entry.object());
      known.set(entry, amounts);
    }
    return amounts;
  };
  function* usages(quota: ResourceQuota, namespace: string): Iterable<Amounts> {
    const counted = resourcesCounted(quota);
    const scoped = quota.spec?.scopes !== undefined || quota.spec?.scopeSelector !== undefined;
    for (const info of registry.catalogue.stored()) {
      if (!counted.has(nameOf(info))) continue;
      for (const entry of registry.entries(info, namespace)) {
        if (!scoped || isCounted(quota, info.resource, entry.object())) yield usage(entry);
      }
    }
  }
  const reconcile = async (key: string): Promise<undefined> => {
    const { namespace, name } = splitKey(key);
    const compute = (quota: ResourceQuota): ResourceQuotaStatus => quotaStatus(quota, usages(quota, namespace));
    const quota = registry.get(resourceQuotas, namespace, name)?.object<ResourceQuota>();
    if (quota === undefined || sameJson(compute(quota), quota.status)) return;
    const write = (now: ResourceQuota): void => {
      now.status = compute(now);
    };
    try {
      await registry.modify<ResourceQuota>(resourceQuotas, namespace, name, write, writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  const quotaKeys = (change: Change): string[] => {
    if (change.type === 'DELETED') index.forget(change.entry);
    else index.keep(change.entry);
    return change.type !== 'DELETED' && boundsChanged(change) ? [keyOf(change.entry)] : [];
  };
  const objectKeys = (change: Change): Iterable<string> => {
    // a quota whose status was written counts the same as before
    if (change.type === 'MODIFIED' && change.entry.info.resource === resourceQuotas.resource) return [];
    return index.concerned(change.entry);
  };
  return createController({
    name: 'resource quota',
    context,
    interests: [
      { ref: resourceQuotas, keys: quotaKeys },
      { ref: undefined, keys: objectKeys },
    ],
    *initial() {
      for (const entry of registry.entries(resourceQuotas)) index.keep(entry);
      yield* allKeys(context, resourceQuotas);
    },
    reconcile,
  });
}
