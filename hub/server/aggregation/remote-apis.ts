/** The API groups other servers answer: an index of APIServices, kept up to date by registry changes. */
import {
  type APIService,
  type APIServiceSpec,
  apiServices,
  defaultServicePort,
  isAvailable,
} from '../../api/api-service.ts';
import { builtInPriority, customPriority, type Priority } from '../../api/api-priority.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Entry, Registry } from '../../registry/registry.ts';

/** A group version that another server answers. */
export interface RemoteApi {
  /** Of its APIService. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** PEM of who signs that server's certificate; undefined: whom this machine trusts. */
  readonly ca: string | undefined;
  /** Its certificate is not looked at. */
  readonly insecure: boolean;
  /** Requests may be sent there. */
  readonly available: boolean;
}

/** One resource in the form of aggregated discovery (apidiscovery.k8s.io APIResourceDiscovery). */
export interface RemoteResource {
  readonly resource: string;
  readonly scope?: string;
  readonly verbs?: readonly string[];
  readonly [field: string]: unknown;
}

/** What a server said of itself. */
export interface RemoteDescription {
  readonly resources: readonly RemoteResource[];
  /** Where its OpenAPI v3 document of this version is, on that server; undefined: it has none. */
  readonly openApi: string | undefined;
}

/** The index. */
export class RemoteApis {
  /** Grows with every change of what discovery says. */
  generation = 0;
  readonly #apis = new Map<string, RemoteApi>();
  readonly #priorities = new Map<string, Priority>();
  /** By name; a server that could not be asked has none. */
  readonly #described = new Map<string, RemoteDescription>();
  readonly #unsubscribe: () => void;

  constructor(registry: Pick<Registry, 'entries' | 'subscribe'>) {
    for (const entry of registry.entries(apiServices)) this.#put(entry);
    this.#unsubscribe = registry.subscribe(apiServices, ({ type, entry }) =>
      type === 'DELETED' ? this.#drop(entry.object()) : this.#put(entry),
    );
  }

  /** How many there are: nobody looks further while there are none. */
  get size(): number {
    return this.#apis.size;
  }

  /** Who answers a group version; undefined: the hub itself, or nobody. */
  find(group: string, version: string): RemoteApi | undefined {
    return this.#apis.get(`${group}/${version}`);
  }

  /** Who answers a path: `/apis/GROUP/VERSION` and everything below. */
  at(path: string): RemoteApi | undefined {
    if (!path.startsWith('/apis/')) return undefined;
    const [group = '', version = ''] = path.slice('/apis/'.length).split('/', 2);
    return this.find(group, version);
  }

  all(): Iterable<RemoteApi> {
    return this.#apis.values();
  }

  /** Where a group version stands in discovery. */
  priority(group: string, version: string): Priority {
    return this.#priorities.get(`${group}/${version}`) ?? builtInPriority(group, version) ?? customPriority;
  }

  /** What its server serves; undefined when that is not known now. */
  resources(api: RemoteApi): readonly RemoteResource[] | undefined {
    return this.description(api)?.resources;
  }

  description(api: RemoteApi): RemoteDescription | undefined {
    return api.available ? this.#described.get(api.name) : undefined;
  }

  /** Keeps what a server said of itself; undefined: it did not say. */
  describe(api: RemoteApi, description: RemoteDescription | undefined): void {
    if (sameJson(description, this.#described.get(api.name))) return;
    if (description === undefined) this.#described.delete(api.name);
    else this.#described.set(api.name, description);
    this.generation += 1;
  }

  stop(): void {
    this.#unsubscribe();
  }

  #put(entry: Entry): void {
    const service = entry.object<APIService>();
    const { group = '', version = '', groupPriorityMinimum, versionPriority } = service.spec ?? noSpec;
    const key = `${group}/${version}`;
    this.generation += 1;
    this.#priorities.set(key, { group: groupPriorityMinimum, version: versionPriority });
    const api = remoteApiOf(service);
    // API: the group of APIServices itself is nobody else's, or they could not be mended
    if (api === undefined || group === apiServices.group) this.#apis.delete(key);
    else this.#apis.set(key, api);
  }

  #drop({ spec, metadata }: APIService): void {
    const key = `${spec?.group ?? ''}/${spec?.version ?? ''}`;
    this.generation += 1;
    this.#priorities.delete(key);
    this.#apis.delete(key);
    this.#described.delete(metadata.name ?? '');
  }
}

const noSpec: APIServiceSpec = { groupPriorityMinimum: 0, versionPriority: 0 };

/** The server an APIService names; undefined when that is the hub. */
export function remoteApiOf(service: APIService): RemoteApi | undefined {
  const { spec = noSpec, metadata } = service;
  if (spec.service === undefined) return undefined;
  const { namespace, name, port = defaultServicePort } = spec.service;
  return {
    name: metadata.name ?? '',
    group: spec.group ?? '',
    version: spec.version ?? '',
    service: { namespace, name, port },
    ca: spec.caBundle ? Buffer.from(spec.caBundle, 'base64').toString('utf8') : undefined,
    insecure: spec.insecureSkipTLSVerify === true,
    available: isAvailable(service),
  };
}
