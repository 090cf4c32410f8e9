/**
 * The controller of addons: an Addon that is there is brought about, one that is being deleted takes along what it made.
 *
 * INVARIANTS: an object is named in status.applied before it is made and until it is gone; nothing is deleted that is not named
 * there with its uid; addons are looked at one by one each, so that two wishes for one are one, and several at once, so that
 * none waits for another that fails.
 */
import { type Addon, addonFinalizer, addonLabel, addons, type AppliedObject, coreRepository } from '../api/addon.ts';
import { customResourceDefinitions } from '../api/custom-resource.ts';
import { isAlreadyExists, isNotFound } from '../api/errors.ts';
import { type KubeObject, removeFinalizer, timestamp } from '../api/object.ts';
import type { Pod } from '../api/pod.ts';
import { apiVersionOf, events, pods, type ResourceRef } from '../api/resource.ts';
import { sameJson } from '../api/same-json.ts';
import type { Clock } from '../base/clock.ts';
import type { Part } from '../base/lifecycle.ts';
import type { Log } from '../base/log.ts';
import { type Again, WorkQueue } from '../base/work-queue.ts';
import type { Change, Registry } from '../registry/registry.ts';
import { bring, type Tried } from './bring.ts';
import { dependantOf } from './dependants.ts';
import { healthOf, isWorkload } from './health.ts';
import { AddonObjects, addonWriter, type ApplyConfig } from './objects.ts';
import { removalSteps } from './plan.ts';
import type { Repositories } from './repositories.ts';
import { type Brought, statusOf } from './verdict.ts';
import { lastWarning } from './warnings.ts';

/** What the controller stands on. */
export interface AddonControllerOptions {
  readonly registry: Registry;
  readonly repositories: Repositories;
  readonly apply: ApplyConfig;
  /** The definition of the kind Addon; read at the start. */
  readonly definition: () => Promise<KubeObject>;
  readonly queueMade?: (queue: WorkQueue) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The controller; `look` has all addons looked at again, after their definitions changed. */
export interface AddonController extends Part {
  look(): void;
}

/** Makes it. */
export function createAddonController(options: AddonControllerOptions): AddonController {
  return new Controller(options);
}

class Controller implements AddonController {
  readonly name = 'addons';
  readonly #options: AddonControllerOptions;
  readonly #objects: AddonObjects;
  readonly #queue: WorkQueue;
  /** Ends of the subscriptions, by resource. */
  readonly #followed = new Map<string, () => void>();
  /** By addon, what was applied last: its generation and which reading of the definitions. */
  readonly #done = new Map<string, string>();
  /** The namespaces of the Pods of addons that are not well: what is told there may be why. */
  readonly #unwell = new Map<string, ReadonlySet<string>>();
  #readings = 0;

  constructor(options: AddonControllerOptions) {
    this.#options = options;
    const { registry, apply, clock, log } = options;
    this.#objects = new AddonObjects({ registry, apply });
    this.#queue = new WorkQueue({
      ...{ name: 'addons', clock, log, workers: 4, backoff: { first: 100, limit: 60_000 } },
      handle: (key) => this.#reconcile(key),
    });
    options.queueMade?.(this.#queue);
  }

  async start(): Promise<void> {
    // kinds that come may be what an addon waits for, first of all the kind Addon
    this.#follow(customResourceDefinitions, (change) => {
      this.#objectChanged(change);
      this.#lookAgain();
      if (change.type === 'DELETED') this.#queue.add('');
    });
    await this.#define();
    this.look();
  }

  /** The kind Addon, as this version has it. One that is being deleted is made anew when it has gone. */
  async #define(): Promise<void> {
    const { registry, apply } = this.#options;
    const definition = await this.#options.definition();
    const { name = '' } = definition.metadata;
    const write = { ...addonWriter, ownsFields: true };
    const put = (live: KubeObject | undefined): KubeObject => apply(customResourceDefinitions, live, definition);
    if (registry.get(customResourceDefinitions, '', name) === undefined)
      await registry.create(customResourceDefinitions, '', put(undefined), write);
    else await registry.modify(customResourceDefinitions, '', name, (live) => put(live), write);
  }

  /** True while Addons are taken: not before the kind is served, nor while it is being deleted. */
  #isDefined(): boolean {
    const { registry } = this.#options;
    const { group, version, resource } = addons;
    if (registry.catalogue.locate(group, version, resource) === undefined) return false;
    const definition = registry.get(customResourceDefinitions, '', `${resource}.${group}`);
    return definition !== undefined && definition.object().metadata.deletionTimestamp === undefined;
  }

  async stop(): Promise<void> {
    for (const end of this.#followed.values()) end();
    this.#followed.clear();
    await this.#queue.stop();
  }

  look(): void {
    this.#readings += 1;
    this.#lookAgain();
  }

  /** Looks at those that are not done yet; what was applied from these definitions is not applied again. */
  #lookAgain(): void {
    const { registry } = this.#options;
    if (registry.catalogue.locate(addons.group, addons.version, addons.resource) === undefined) return;
    this.#follow(addons, (change) => this.#addonChanged(change));
    this.#queue.add('');
    for (const entry of registry.entries(addons)) this.#queue.add(entry.name);
  }

  #follow(ref: ResourceRef, listener: (change: Change) => void): void {
    const key = `${ref.group}/${ref.resource}`;
    if (!this.#followed.has(key)) this.#followed.set(key, this.#options.registry.subscribe(ref, listener));
  }

  #addonChanged({ type, entry, previous }: Change): void {
    this.#queue.add(entry.name);
    const phase = (one: typeof entry | undefined): string | undefined => one?.object<Addon>().status?.phase;
    if (type === 'MODIFIED' && phase(entry) === phase(previous)) return;
    if (type === 'DELETED') this.#queue.add('');
    // others may wait for it, or for its end
    for (const other of this.#options.registry.entries(addons)) this.#queue.add(other.name);
  }

  #objectChanged({ type, entry, previous }: Change): void {
    const name = entry.labels[addonLabel] ?? previous?.labels[addonLabel];
    if (name === undefined) return;
    const isOfPod = entry.info.resource === pods.resource;
    if (!isOfPod && (type === 'DELETED' || previous === undefined || !sameWish(entry.object(), previous.object())))
      this.#done.delete(name);
    this.#queue.add(name);
  }

  /** Hears of the kinds of an addon's objects, and of Pods. */
  #followAll(applied: readonly AppliedObject[]): void {
    if (applied.length === 0) return;
    const heard = (change: Change): void => this.#objectChanged(change);
    this.#follow(pods, heard);
    this.#follow(events, ({ entry }) => {
      for (const [name, spaces] of this.#unwell) if (spaces.has(entry.namespace)) this.#queue.add(name);
    });
    for (const one of applied) {
      const ref = this.#objects.refOf(one);
      if (ref !== undefined) this.#follow(ref, heard);
    }
  }

  async #reconcile(name: string): Promise<Again> {
    if (name === '') return this.#ensureBuiltIns();
    const addon = this.#options.registry.get(addons, '', name)?.object<Addon>();
    if (addon === undefined) {
      this.#done.delete(name);
      this.#unwell.delete(name);
      return undefined;
    }
    this.#followAll(addon.status?.applied ?? []);
    if (addon.metadata.deletionTimestamp !== undefined) return this.#remove(addon);
    const reading = `${this.#readings}/${addon.metadata.generation ?? 0}`;
    const found = await this.#options.repositories.find(addon.spec?.source ?? coreRepository, name);
    if ('definition' in found && found.definition.builtIn !== undefined) {
      await this.#tell(addon, { phase: 'Ready', version: found.definition.version, applied: [] });
      return undefined;
    }
    if (addon.metadata.finalizers?.includes(addonFinalizer) !== true) {
      await this.#hold(name);
      return undefined;
    }
    const isDone = this.#done.get(name) === reading;
    if (!isDone) this.#done.set(name, reading);
    let brought: Tried;
    try {
      brought = await bring(this.#context(), addon, found, isDone);
    } catch (error) {
      this.#done.delete(name);
      throw error;
    }
    if (brought.phase !== undefined) this.#done.delete(name);
    this.#followAll(brought.applied);
    await this.#tell(addon, brought);
    if (brought.retry === true) throw new Error(brought.message);
    return undefined;
  }

  #context(): Parameters<typeof bring>[0] {
    const { registry, repositories } = this.#options;
    const intend = async (name: string, applied: readonly AppliedObject[]): Promise<void> => {
      this.#followAll(applied);
      const put = (addon: Addon): void => {
        addon.status = { ...addon.status, applied: [...applied] };
      };
      await registry.modify<Addon>(addons, '', name, put, { ...addonWriter, subresource: 'status' });
    };
    return { registry, repositories, objects: this.#objects, intend };
  }

  /** What is built in is enabled on every cluster. */
  async #ensureBuiltIns(): Promise<undefined> {
    const { registry, repositories } = this.#options;
    if (registry.get(customResourceDefinitions, '', `${addons.resource}.${addons.group}`) === undefined)
      await this.#define();
    if (!this.#isDefined()) return undefined;
    for (const { name, builtIn } of await repositories.core()) {
      if (builtIn === undefined || registry.get(addons, '', name) !== undefined) continue;
      const object: Addon = { apiVersion: apiVersionOf(addons), kind: 'Addon', metadata: { name } };
      await registry.create(addons, '', object, addonWriter).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
    }
    return undefined;
  }

  async #hold(name: string): Promise<void> {
    const put = ({ metadata }: Addon): void => {
      if (metadata.deletionTimestamp === undefined && metadata.finalizers?.includes(addonFinalizer) !== true)
        metadata.finalizers = [...(metadata.finalizers ?? []), addonFinalizer];
    };
    await this.#options.registry.modify<Addon>(addons, '', name, put, addonWriter);
  }

  /** Deletes what the addon made, and lets the addon go once nothing of it is left. */
  async #remove(addon: Addon): Promise<undefined> {
    const { name = '', finalizers = [] } = addon.metadata;
    if (!finalizers.includes(addonFinalizer)) return undefined;
    const applied = addon.status?.applied ?? [];
    const dependant = await dependantOf(this.#options, addon);
    if (dependant !== undefined) {
      const { version } = addon.status ?? {};
      const message = `addon ${dependant} requires it, and goes first`;
      await this.#tell(addon, { phase: 'Removing', message, applied, ...(version === undefined ? {} : { version }) });
      return undefined;
    }
    const message = await this.#removeAll(name, applied);
    if (message !== undefined) {
      // every object stays named until all is gone: their Pods are found by them
      await this.#tell(addon, { phase: 'Removing', message, applied });
      return undefined;
    }
    try {
      const put = (object: Addon): void => removeFinalizer(object.metadata, addonFinalizer);
      await this.#options.registry.modify<Addon>(addons, '', name, put, addonWriter);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  /** Deletes as far as it can be done now; answers what is waited for. */
  async #removeAll(name: string, applied: readonly AppliedObject[]): Promise<string | undefined> {
    const [ownKinds, pods, others] = removalSteps(applied);
    const remove = async (objects: readonly AppliedObject[]): Promise<string | undefined> => {
      let left: AppliedObject | undefined;
      for (const one of objects) if (!(await this.#objects.remove(one, name))) left ??= one;
      if (left === undefined) return undefined;
      const { kind, namespace, name: last } = left;
      return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${last} is being deleted`;
    };
    const first = await remove(ownKinds);
    if (first !== undefined) return first;
    const second = await remove(pods);
    const ending = this.#podsOf(name, applied);
    const [pod] = ending;
    if (pod !== undefined) {
      const { namespace = '', name: title } = pod.metadata;
      // a node that is away ends its Pods when it is back
      const node = pod.spec.nodeName === undefined ? '' : ` on node ${pod.spec.nodeName}`;
      return `${ending.length} Pods are ending, first ${namespace}/${title}${node}`;
    }
    return second ?? remove(others);
  }

  /** Pods of the workloads among `applied`. */
  #podsOf(name: string, applied: readonly AppliedObject[]): Pod[] {
    const found: Pod[] = [];
    const spaces = new Set(
      applied.filter(({ kind }) => isWorkload(kind) || kind === 'CronJob').map((one) => one.namespace),
    );
    for (const namespace of spaces)
      for (const entry of this.#options.registry.entries(pods, namespace))
        if (entry.labels[addonLabel] === name) found.push(entry.object<Pod>());
    return found;
  }

  async #tell(addon: Addon, brought: Brought): Promise<void> {
    const { name = '' } = addon.metadata;
    const workloads = brought.applied
      .filter(({ kind }) => isWorkload(kind))
      .map((one) => this.#objects.own(one, name)?.object())
      .filter((object) => object !== undefined && object.metadata.deletionTimestamp === undefined) as KubeObject[];
    const running = this.#podsOf(name, brought.applied);
    const health = healthOf(workloads, running, (pod) => lastWarning(this.#options.registry, pod));
    if (health.why === undefined) this.#unwell.delete(name);
    else this.#unwell.set(name, new Set(running.map(({ metadata }) => metadata.namespace ?? '')));
    const now = timestamp(this.#options.clock.now());
    const status = statusOf(addon, brought, health, now);
    if (sameJson(status, addon.status)) return;
    const put = (live: Addon): void => {
      live.status = statusOf(live, brought, health, now);
    };
    try {
      await this.#options.registry.modify<Addon>(addons, '', name, put, { ...addonWriter, subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

/**
 * True unless what is wanted of an object changed: not its status, and not when who wrote it last. Applying it again may be such a
 * write, and must not be the reason for the next.
 */
function sameWish(one: KubeObject, other: KubeObject): boolean {
  const wish = ({ status: _, metadata, ...rest }: KubeObject): object => {
    const { managedFields: __, resourceVersion: ___, ...kept } = metadata;
    return { ...rest, metadata: kept };
  };
  return sameJson(wish(one), wish(other));
}
