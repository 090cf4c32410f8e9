/** Discovery: what the API serves, as documents that are made once for each change of the catalogue. */
import { ApiError } from '../../api/errors.ts';
import type { Catalogue, GroupVersion } from '../../kinds/kind.ts';
import { acceptedForm, type Form } from './accept.ts';
import { groupDiscoveryList } from './aggregated.ts';
import type { RemoteApis } from '../aggregation/remote-apis.ts';
import type { Document, DocumentRequest, DocumentSource } from '../document.ts';
import { jsonDocument } from './json-document.ts';
import { type Group, groupDocument, groupList, groupsOf, resourceList, versionList } from './legacy.ts';
import { mergeGroups } from './merge.ts';

const json = 'application/json';

/** The parts of `/api`, `/api/v1`, `/apis`, `/apis/apps`, `/apis/apps/v1`; a slash at the end does not matter. */
function partsOf(path: string): string[] | undefined {
  if (!path.startsWith('/api')) return undefined;
  const parts = path.slice(1).split('/');
  if (parts.at(-1) === '') parts.pop();
  const most = parts[0] === 'api' ? 2 : parts[0] === 'apis' ? 3 : 0;
  return parts.length <= most ? parts : undefined;
}

/** What discovery is made of. */
export interface DiscoveryOptions {
  readonly catalogue: Catalogue;
  /** host:port as clients reach the API. */
  readonly serverAddress: string;
  /** Unset where there is no aggregation. */
  readonly remotes?: RemoteApis;
}

class CachedDiscovery implements DocumentSource {
  readonly #catalogue: Catalogue;
  readonly #serverAddress: string;
  readonly #remotes: RemoteApis | undefined;
  #generation = '';
  readonly #documents = new Map<string, Document | undefined>();

  constructor(options: DiscoveryOptions) {
    this.#catalogue = options.catalogue;
    this.#serverAddress = options.serverAddress;
    this.#remotes = options.remotes;
  }

  document({ path, accept }: DocumentRequest): Document | undefined {
    const parts = partsOf(path);
    if (parts === undefined) return undefined;
    const form = acceptedForm(accept);
    if (form === undefined) {
      const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
      throw new ApiError('NotAcceptable', `only the following media types are accepted: ${types}`);
    }
    return this.#cached(parts, parts.length === 1 ? form : 'legacy');
  }

  #cached(parts: readonly string[], form: Form): Document | undefined {
    const generation = `${this.#catalogue.generation} ${this.#remotes?.generation ?? 0}`;
    if (this.#generation !== generation) {
      this.#documents.clear();
      this.#generation = generation;
    }
    const key = `${form} ${parts.join('/')}`;
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const made = form === 'legacy' ? this.#plain(parts) : this.#aggregated(parts[0] === 'api', form);
    if (made !== undefined) this.#documents.set(key, made);
    return made;
  }

  #aggregated(isCore: boolean, form: Form): Document {
    const groups = this.#groups().filter((group) => (group.name === '') === isCore);
    const type = `${json};g=apidiscovery.k8s.io;v=${form};as=APIGroupDiscoveryList`;
    return { ...jsonDocument(groupDiscoveryList(groups, form), type), cache: 'public' };
  }

  #plain(parts: readonly string[]): Document | undefined {
    const [root, ...rest] = parts;
    const value = root === 'api' ? this.#corePart(rest) : this.#groupPart(rest);
    return value === undefined ? undefined : jsonDocument(value, json);
  }

  #corePart([version]: readonly string[]): object | undefined {
    if (version === undefined) return versionList(this.#groups(), this.#serverAddress);
    return this.#resources('', version);
  }

  #groupPart([name, version]: readonly string[]): object | undefined {
    if (name !== undefined && version !== undefined) return this.#resources(name, version);
    const groups = this.#groups();
    if (name === undefined) return groupList(groups);
    const group = groups.find((one) => one.name === name && name !== '');
    return group === undefined ? undefined : groupDocument(group);
  }

  /** What the hub serves, and what other servers do. */
  #groups(): Group[] {
    const own = groupsOf(this.#catalogue.groupVersions());
    return this.#remotes === undefined ? own : mergeGroups(own, this.#remotes);
  }

  #resources(group: string, version: string): object | undefined {
    const found = this.#catalogue
      .groupVersions()
      .find((one: GroupVersion) => one.group === group && one.version === version);
    return found === undefined ? undefined : resourceList(found);
  }
}

/**
 * Discovery over `catalogue`: /api, /apis and what lies right below. A group or version that is not served is none of
 * its paths; a version another server answers never comes here.
 */
export function createDiscovery(options: DiscoveryOptions): DocumentSource {
  return new CachedDiscovery(options);
}
