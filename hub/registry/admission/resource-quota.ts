/** ResourceQuota: nothing is created in a namespace beyond its quotas. */
import { addQuantities, compareQuantities, formatQuantity, readQuantity } from '../../api/exact-quantity.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import type { ResourceQuota } from '../../api/quota.ts';
import { resourceQuotas, type ResourceRef } from '../../api/resource.ts';
import type { Clock } from '../../base/clock.ts';
import type { AdmissionPlugin, AdmissionRequest, Entry } from '../registry.ts';
import { forbid, isPodResize, type Reader } from './forbid.ts';
import { type Amounts, addAmounts } from './pod-amounts.ts';
import { isCounted, unspecified, usageOf } from './quota-usage.ts';

/** How long an admitted object is counted that never arrived, in milliseconds: its write failed. */
const patience = 5_000;
/** Updates of these may use more than before. */
const growing: ReadonlySet<string> = new Set(['services', 'persistentvolumeclaims']);

/** An object that was admitted and is not committed yet. */
interface Pending {
  readonly info: AdmissionRequest['info'];
  readonly namespace: string;
  readonly object: KubeObject;
  readonly until: number;
}

/** The plugin. Objects in flight count, so many creates at once cannot pass a quota together. */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = 'ResourceQuota';
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #usage = new WeakMap<Entry, Amounts>();
  readonly #pending = new Map<string, Pending>();
  #pruning = false;

  constructor(options: { reader: Reader; clock: Clock }) {
    this.#reader = options.reader;
    this.#clock = options.clock;
  }

  handles(request: AdmissionRequest): boolean {
    if (isPodResize(request)) return true;
    const { operation, subresource, namespace, info } = request;
    if (subresource !== '' || namespace === '') return false;
    return operation === 'CREATE' || (operation === 'UPDATE' && info.group === '' && growing.has(info.resource));
  }

  validate(request: AdmissionRequest): void {
    const object = request.object as KubeObject;
    let bounded = false;
    for (const entry of this.#reader.entries(resourceQuotas, request.namespace)) {
      const quota = entry.object<ResourceQuota>();
      if (!isCounted(quota, request.info.resource, object)) continue;
      this.#check(request, object, quota);
      bounded = true;
    }
    const { uid } = object.metadata;
    if (!bounded || request.dryRun || uid === undefined || request.operation !== 'CREATE') return;
    const { info, namespace } = request;
    this.#pending.set(uid, { info, namespace, object, until: this.#clock.now() + patience });
    this.#pruneLater();
  }

  /** Nobody may ask again: what is pending must not stay for that. */
  #pruneLater(): void {
    if (this.#pruning) return;
    this.#pruning = true;
    this.#clock.after(patience + 1, () => {
      this.#pruning = false;
      this.#waiting();
      if (this.#pending.size > 0) this.#pruneLater();
    });
  }

  #check(request: AdmissionRequest, object: KubeObject, quota: ResourceQuota): void {
    const hard = quota.status?.hard ?? quota.spec?.hard ?? {};
    const name = quota.metadata.name ?? '';
    if (request.info.resource === 'pods' && request.info.group === '') {
      const missing = unspecified(hard, object as unknown as Pod);
      if (missing !== '') throw forbid(request, `failed quota: ${name}: must specify ${missing}`);
    }
    const asked = added(usageOf(request.info, object), request.old && usageOf(request.info, request.old));
    const names = Object.keys(hard)
      .filter((one) => asked[one] !== undefined)
      .sort();
    if (names.length === 0) return;
    const used = this.#used(request, quota);
    const over = names.filter(
      (one) => compareQuantities(addQuantities(used[one] ?? '0', asked[one] ?? '0'), hard[one] ?? '0') > 0,
    );
    if (over.length === 0) return;
    const list = (amounts: Amounts): string => over.map((one) => `${one}=${amounts[one] ?? '0'}`).join(',');
    throw forbid(
      request,
      `exceeded quota: ${name}, requested: ${list(asked)}, used: ${list(used)}, limited: ${list(hard)}`,
    );
  }

  /** What is used of the resource in the namespace, by what is committed and what is on its way. */
  #used(request: AdmissionRequest, quota: ResourceQuota): Amounts {
    const total: Record<string, string> = {};
    const { info, namespace } = request;
    const isScoped = quota.spec?.scopes !== undefined || quota.spec?.scopeSelector !== undefined;
    for (const entry of this.#reader.entries(info, namespace)) {
      if (isScoped && !isCounted(quota, info.resource, entry.object())) continue;
      addAmounts(total, this.#usageOf(entry, info));
    }
    for (const { object, ...earlier } of this.#waiting()) {
      const same = earlier.info.resource === info.resource && earlier.info.group === info.group;
      if (!same || earlier.namespace !== namespace || !isCounted(quota, info.resource, object)) continue;
      if (object.metadata.uid !== request.object?.metadata.uid) addAmounts(total, usageOf(info, object));
    }
    return total;
  }

  #usageOf(entry: Entry, ref: Pick<ResourceRef, 'group' | 'resource'>): Amounts {
    let usage = this.#usage.get(entry);
    if (usage === undefined) {
      usage = usageOf(ref, entry.object());
      this.#usage.set(entry, usage);
    }
    return usage;
  }

  #waiting(): Iterable<Pending> {
    const now = this.#clock.now();
    for (const [uid, { info, namespace, object, until }] of this.#pending) {
      const { name = '' } = object.metadata;
      const arrived = this.#reader.get(info, namespace, name)?.uid === uid;
      if (arrived || now > until) this.#pending.delete(uid);
    }
    return this.#pending.values();
  }
}

/** What `now` uses beyond `before`. */
function added(now: Amounts, before: Amounts | undefined): Amounts {
  if (before === undefined) return now;
  const more: Record<string, string> = {};
  for (const [name, amount] of Object.entries(now)) {
    const was = before[name] ?? '0';
    if (compareQuantities(amount, was) > 0) more[name] = difference(amount, was);
  }
  return more;
}

function difference(amount: string, was: string): string {
  const a = readQuantity(amount);
  const b = readQuantity(was);
  if (typeof a === 'string' || typeof b === 'string') return amount;
  return formatQuantity({ nano: a.nano - b.nano, format: a.format });
}
