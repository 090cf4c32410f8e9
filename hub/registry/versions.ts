/** Objects in the versions they are asked for in: worked out on the spot, or, where a webhook converts, asked for before. */
import type { ConversionWebhook } from '../api/custom-resource.ts';
import { ApiError } from '../api/errors.ts';
import type { KubeObject } from '../api/object.ts';
import { apiVersionOf } from '../api/resource.ts';
import { asVersion } from '../kinds/custom/convert.ts';
import type { Catalogue, ResourceInfo } from '../kinds/kind.ts';
import type { StoredEntry } from './entry.ts';
import type { Entry } from './registry.ts';

/** Turns objects of one version into another, outside of this process. */
export interface VersionConverter {
  /** The objects in `apiVersion`, in the same order. Throws ApiError. */
  convert(webhook: ConversionWebhook, apiVersion: string, objects: readonly KubeObject[]): Promise<KubeObject[]>;
}

/** Forms of one object by the rows they are of. */
export type Forms = ReadonlyMap<ResourceInfo, KubeObject>;

/** Who converts where nobody was given. */
const nobody: VersionConverter = {
  convert: () => Promise.reject(new ApiError('InternalError', 'Internal error occurred: nobody converts here')),
};

/**
 * The versions of objects.
 *
 * INVARIANTS: what a webhook made is kept for the entry it was made of, and for the row it is of; both never change, so
 * it never gets old. Reading waits for nobody: what is not there yet is an error.
 */
export class Versions {
  readonly #catalogue: Catalogue;
  readonly #converter: VersionConverter;
  readonly #forms = new WeakMap<ResourceInfo, WeakMap<Entry, KubeObject>>();

  constructor(options: { catalogue: Catalogue; converter?: VersionConverter | undefined }) {
    this.#catalogue = options.catalogue;
    this.#converter = options.converter ?? nobody;
  }

  /** The object as `info` has it; shared, not to be changed. Throws InternalError when a webhook has not been asked. */
  served(info: ResourceInfo, entry: Entry): KubeObject {
    if (info === entry.info) return entry.object();
    const convert = this.#catalogue.fromStorage(info);
    if (info.custom?.webhook === undefined) return convert?.(entry.object()) ?? entry.object<KubeObject>();
    const known = this.#forms.get(info)?.get(entry);
    if (known !== undefined) return known;
    const stored = convert?.(entry.object()) ?? entry.object<KubeObject>();
    if (stored.apiVersion === apiVersionOf(info)) return stored;
    throw new ApiError('InternalError', `Internal error occurred: ${entry.name} was not converted to ${info.version}`);
  }

  /** The same for one look at what is about to be replaced: it is not kept in memory for that. */
  glanced(info: ResourceInfo, entry: StoredEntry): KubeObject {
    return info === entry.info ? entry.glance() : this.served(info, entry);
  }

  /** Asks for the forms of entries that are not there yet; undefined when none is missing. */
  ready(info: ResourceInfo, entries: Iterable<Entry>): Promise<void> | undefined {
    const webhook = info.custom?.webhook;
    if (webhook === undefined) return undefined;
    const missing = [...entries].filter((entry) => !this.#isReady(info, entry));
    return missing.length === 0 ? undefined : this.#ask(info, webhook, missing);
  }

  /** The object in the form it is stored in. */
  toStorage(info: ResourceInfo, object: KubeObject): KubeObject | Promise<KubeObject> {
    const webhook = info.custom?.webhook;
    if (webhook === undefined) return this.#catalogue.toStorage(info)?.(object) ?? object;
    const apiVersion = apiVersionOf(info.storage);
    if (object.apiVersion === apiVersion) return object;
    const stored = this.#catalogue.locate(info.storage.group, info.storage.version, info.storage.resource) ?? info;
    return this.#converter.convert(webhook, apiVersion, [object]).then(([made = object]) => {
      stored.custom?.conform(made, () => []);
      return asVersion(stored, made);
    });
  }

  /** The forms of an object that is about to be stored, for whoever watches it in another version; those that fail are left out. */
  async forms(info: ResourceInfo, object: KubeObject, kept: KubeObject): Promise<Forms> {
    const forms = new Map<ResourceInfo, KubeObject>([[info, structuredClone(object)]]);
    for (const { group, resources } of this.#catalogue.groupVersions()) {
      if (group !== info.group) continue;
      for (const other of resources) {
        const { webhook } = other.custom ?? {};
        const isOther = other.resource === info.resource && !forms.has(other);
        if (!isOther || webhook === undefined || apiVersionOf(other) === kept.apiVersion) continue;
        try {
          const [made] = await this.#converter.convert(webhook, apiVersionOf(other), [kept]);
          if (made !== undefined) forms.set(other, asVersion(other, made));
        } catch {
          // whoever reads it asks again, and is told why
        }
      }
    }
    return forms;
  }

  /** Remembers the forms of an entry that was made of the object they are of. */
  attach(entry: Entry, forms: Forms): void {
    for (const [info, form] of forms) this.#keep(info, entry, form);
  }

  /** The forms of an entry that differs from the one before in metadata alone. */
  carry(before: StoredEntry, entry: StoredEntry): void {
    if (entry.info.custom?.webhook === undefined) return;
    const { metadata } = entry.object();
    for (const { group, resources } of this.#catalogue.groupVersions()) {
      if (group !== entry.info.group) continue;
      for (const info of resources) {
        const form = this.#forms.get(info)?.get(before);
        const { labels, annotations } = form?.metadata ?? {};
        if (form !== undefined) {
          const own = {
            ...(labels === undefined ? {} : { labels }),
            ...(annotations === undefined ? {} : { annotations }),
          };
          this.#keep(info, entry, { ...form, metadata: { ...metadata, ...own } });
        }
      }
    }
  }

  #isReady(info: ResourceInfo, entry: Entry): boolean {
    if (info === entry.info || this.#forms.get(info)?.has(entry) === true) return true;
    return entry.object().apiVersion === apiVersionOf(info);
  }

  async #ask(info: ResourceInfo, webhook: ConversionWebhook, entries: readonly Entry[]): Promise<void> {
    const read = this.#catalogue.fromStorage(info);
    const objects = entries.map((entry) => read?.(entry.object()) ?? entry.object<KubeObject>());
    for (const [version, group] of Map.groupBy(objects.keys(), (index) => objects[index]?.apiVersion ?? '')) {
      if (version === apiVersionOf(info)) continue;
      const asked = group.map((index) => objects[index] as KubeObject);
      const made = await this.#converter.convert(webhook, apiVersionOf(info), asked);
      group.forEach((index, at) => {
        this.#keep(info, entries[index] as Entry, made[at] as KubeObject);
      });
    }
  }

  #keep(info: ResourceInfo, entry: Entry, form: KubeObject): void {
    let forms = this.#forms.get(info);
    if (forms === undefined) {
      forms = new WeakMap();
      this.#forms.set(info, forms);
    }
    info.custom?.conform(form, () => []);
    form.metadata = { ...form.metadata, resourceVersion: String(entry.revision) };
    forms.set(entry, form);
  }
}
