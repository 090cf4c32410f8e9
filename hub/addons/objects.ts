/** The objects of an addon in the registry: applied without asking, pruned only when they are the addon's own. */
import { type AppliedObject, addonLabel } from '../api/addon.ts';
import { ApiError, isAlreadyExists, isConflict, isNotFound } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import { parseApiVersion, type ResourceRef } from '../api/resource.ts';
import { mastersGroup } from '../api/user.ts';
import type { Entry, Registry, WriteOptions } from '../registry/registry.ts';

/** The field manager of everything an addon applies. */
export const addonManager = 'coracle-addons';

/** Who writes for addons. */
export const addonWriter: WriteOptions = {
  user: { name: 'system:coracle:addons', groups: [mastersGroup] },
  manager: addonManager,
};

/** Server-side apply by force: `live` (not changed; undefined when there is none) with what `config` declares. Throws ApiError. */
export type ApplyConfig = (ref: ResourceRef, live: KubeObject | undefined, config: KubeObject) => KubeObject;

/** What became of one object: `foreign` is there already and not the addon's; `unknown`: no such kind is served. */
export type Outcome = { readonly entry: Entry } | 'foreign' | 'unknown';

/** How often an apply is tried again when the object comes or goes in between. */
const tries = 4;

/** The objects of addons. */
export class AddonObjects {
  readonly #registry: Registry;
  readonly #apply: ApplyConfig;

  constructor(options: { registry: Registry; apply: ApplyConfig }) {
    this.#registry = options.registry;
    this.#apply = options.apply;
  }

  /** The resource of a kind; undefined when none is served. */
  refOf({
    apiVersion,
    kind,
  }: {
    apiVersion: string;
    kind: string;
  }): (ResourceRef & { namespaced: boolean }) | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    return this.#registry.catalogue.byKind(group, version, kind);
  }

  /** The entry of an applied object, whoever it belongs to now. */
  entryOf(one: AppliedObject): Entry | undefined {
    const ref = this.refOf(one);
    return ref === undefined ? undefined : this.#registry.get(ref, one.namespace ?? '', one.name);
  }

  /** The entry of an applied object if it is the one that was applied, or one that took its place and says whose it is. */
  own(one: AppliedObject, addon: string): Entry | undefined {
    const entry = this.entryOf(one);
    if (entry === undefined) return undefined;
    // the hub may have ended before it could note the uid, or that it made the object again
    return entry.uid === one.uid || entry.labels[addonLabel] === addon ? entry : undefined;
  }

  /** Applies `object` for `addon`, which made the one with `uid`, whatever labels that has. Rejects with ApiError when the API refuses it. */
  async put(object: KubeObject, addon: string, uid = ''): Promise<Outcome> {
    const ref = this.refOf(object);
    if (ref === undefined) return 'unknown';
    const { namespace = '', name = '' } = object.metadata;
    if (ref.namespaced && namespace === '') throw new ApiError('Invalid', 'it has no namespace');
    if (!ref.namespaced && namespace !== '') throw new ApiError('Invalid', 'its kind has no namespaces');
    const options = { ...addonWriter, ownsFields: true };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const there = this.#registry.get(ref, namespace, name);
        if (there === undefined) {
          const made = await this.#registry.create(ref, namespace, this.#apply(ref, undefined, object), options);
          return { entry: made.entry };
        }
        if (there.labels[addonLabel] !== addon && there.uid !== uid) return 'foreign';
        const changed = await this.#registry.modify(
          ref,
          namespace,
          name,
          (live) => this.#apply(ref, live, object),
          options,
        );
        return { entry: changed.entry };
      } catch (error) {
        // it came or went between the look and the write
        if (attempt >= tries || !(isAlreadyExists(error) || isNotFound(error) || isConflict(error))) throw error;
      }
    }
  }

  /** Deletes what is still the addon's own; answers true when nothing of it is left. */
  async remove(one: AppliedObject, addon: string): Promise<boolean> {
    const entry = this.own(one, addon);
    const ref = this.refOf(one);
    if (entry === undefined || ref === undefined) return true;
    if (entry.object().metadata.deletionTimestamp !== undefined) return false;
    const how = { ...addonWriter, propagationPolicy: 'Background' as const, preconditions: { uid: entry.uid } };
    try {
      await this.#registry.delete(ref, one.namespace ?? '', one.name, how);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return this.own(one, addon) === undefined;
  }
}
