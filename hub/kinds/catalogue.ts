/** Every resource the hub serves now, behind map lookups: the built-in ones and those that custom definitions add. */
import { apiVersionOf } from '../api/resource.ts';
import { metricsGroup } from '../api/resource-metrics.ts';
import { compareVersions, readBuiltIns } from './built-in.ts';
import { conversionBetween } from './convert/conversion.ts';
import { type Conversions, customConversions } from './custom/convert.ts';
import type { Catalogue, Convert, GroupVersion, ResourceInfo } from './kind.ts';
import { strategyOf } from './strategies.ts';

/** Groups in the order the API server lists them; groups that are not here follow by name. */
const groupOrder = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'resource.k8s.io',
  'storagemigration.k8s.io',
];

/** Resources of one group version, by plural and by kind. */
interface Shelf {
  readonly group: string;
  readonly version: string;
  readonly resources: Map<string, ResourceInfo>;
  readonly kinds: Map<string, ResourceInfo>;
}

function placeOf(group: string): number {
  // API: its APIService has the least priority, so that `nodes` and `pods` are those of the core group
  if (group === metricsGroup) return groupOrder.length + 1;
  const place = groupOrder.indexOf(group);
  return place < 0 ? groupOrder.length : place;
}

function compareShelves(a: Shelf, b: Shelf): number {
  if (a.group === b.group) return compareVersions(a.version, b.version);
  const difference = placeOf(a.group) - placeOf(b.group);
  if (difference !== 0) return difference;
  return a.group < b.group ? -1 : 1;
}

function isStoredAsItself(info: ResourceInfo): boolean {
  const { storage } = info;
  return storage.group === info.group && storage.version === info.version && info.verbs.includes('watch');
}

class MapCatalogue implements Catalogue {
  generation = 0;
  /** By group, then by version. */
  readonly #shelves = new Map<string, Map<string, Shelf>>();
  readonly #conversions = new Map<ResourceInfo, Conversions>();
  /** Rows of custom resources, served and only stored, by group and resource. */
  readonly #custom = new Map<string, readonly ResourceInfo[]>();
  readonly #hidden = new Map<string, ResourceInfo>();
  #ordered: readonly GroupVersion[] | undefined;
  #stored: readonly ResourceInfo[] | undefined;

  constructor(infos: readonly ResourceInfo[]) {
    for (const info of infos) this.#put(info);
  }

  find(group: string, version: string, resource: string): ResourceInfo | undefined {
    return this.#shelves.get(group)?.get(version)?.resources.get(resource);
  }

  locate(group: string, version: string, resource: string): ResourceInfo | undefined {
    const info = this.find(group, version, resource);
    if (info !== undefined || this.#hidden.size === 0) return info;
    const hidden = this.#hidden.get(`${group}/${resource}`);
    return hidden?.version === version ? hidden : undefined;
  }

  byKind(group: string, version: string, kind: string): ResourceInfo | undefined {
    return this.#shelves.get(group)?.get(version)?.kinds.get(kind);
  }

  groupVersions(): readonly GroupVersion[] {
    this.#ordered ??= [...this.#shelves.values()]
      .flatMap((versions) => [...versions.values()])
      .sort(compareShelves)
      .map(({ group, version, resources }) => ({
        group,
        version,
        resources: [...resources.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      }));
    return this.#ordered;
  }

  stored(): readonly ResourceInfo[] {
    this.#stored ??= [
      ...this.groupVersions().flatMap(({ resources }) => resources.filter(isStoredAsItself)),
      ...this.#hidden.values(),
    ];
    return this.#stored;
  }

  fromStorage(info: ResourceInfo): Convert | undefined {
    return this.#conversionsOf(info).from;
  }

  toStorage(info: ResourceInfo): Convert | undefined {
    return this.#conversionsOf(info).to;
  }

  setCustom(
    resource: { group: string; resource: string },
    served: readonly ResourceInfo[],
    hidden?: ResourceInfo,
  ): void {
    const key = `${resource.group}/${resource.resource}`;
    for (const info of this.#custom.get(key) ?? []) this.#remove(info);
    this.#hidden.delete(key);
    this.#custom.delete(key);
    for (const info of served) this.#put(info);
    if (served.length > 0) this.#custom.set(key, served);
    if (hidden !== undefined) this.#hidden.set(key, hidden);
    this.#changed();
  }

  #remove(info: ResourceInfo): void {
    const versions = this.#shelves.get(info.group);
    const shelf = versions?.get(info.version);
    if (versions === undefined || shelf?.resources.get(info.resource) !== info) return;
    shelf.resources.delete(info.resource);
    if (shelf.kinds.get(info.kind) === info) shelf.kinds.delete(info.kind);
    if (shelf.resources.size === 0) versions.delete(info.version);
    if (versions.size === 0) this.#shelves.delete(info.group);
    this.#conversions.delete(info);
  }

  #put(info: ResourceInfo): void {
    let versions = this.#shelves.get(info.group);
    if (versions === undefined) {
      versions = new Map();
      this.#shelves.set(info.group, versions);
    }
    let shelf = versions.get(info.version);
    if (shelf === undefined) {
      shelf = { group: info.group, version: info.version, resources: new Map(), kinds: new Map() };
      versions.set(info.version, shelf);
    }
    shelf.resources.set(info.resource, info);
    shelf.kinds.set(info.kind, info);
  }

  #changed(): void {
    this.generation++;
    this.#ordered = undefined;
    this.#stored = undefined;
  }

  #conversionsOf(info: ResourceInfo): Conversions {
    let conversions = this.#conversions.get(info);
    if (conversions === undefined && info.custom !== undefined) {
      conversions = customConversions(this, info);
      this.#conversions.set(info, conversions);
    }
    if (conversions === undefined) {
      const served = apiVersionOf(info);
      const stored = apiVersionOf(info.storage);
      conversions = {
        from: conversionBetween(stored, served, info.kind),
        to: conversionBetween(served, stored, info.kind),
      };
      this.#conversions.set(info, conversions);
    }
    return conversions;
  }
}

/** The catalogue with every built-in resource. */
export function createCatalogue(): Catalogue {
  return new MapCatalogue(readBuiltIns(strategyOf));
}
