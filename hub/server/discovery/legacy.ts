/** The plain discovery documents: API versions, groups, and the resources of one group version. */
import { createHash } from 'node:crypto';
import { apiVersionOf } from '../../api/resource.ts';
import type { GroupVersion, ResourceInfo } from '../../kinds/kind.ts';

/** The hash by which clients see that a resource is stored in another version now. */
function storageVersionHash(info: ResourceInfo): string {
  const stored = `${info.storage.group}/${info.storage.version}/${info.kind}`;
  return createHash('sha256').update(stored).digest().subarray(0, 8).toString('base64');
}

/** meta/v1 APIResources of one resource: itself, then its subresources by name. */
function resourceEntries(info: ResourceInfo): object[] {
  const isStored = info.verbs.includes('watch');
  const entries: object[] = [
    {
      name: info.resource,
      singularName: info.singular,
      namespaced: info.namespaced,
      kind: info.kind,
      verbs: info.verbs,
      ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
      ...(info.categories.length === 0 ? {} : { categories: info.categories }),
      ...(isStored ? { storageVersionHash: storageVersionHash(info) } : {}),
    },
  ];
  const names = [...info.subresources.keys()];
  for (const name of info.custom === undefined ? names.sort() : names) {
    const sub = info.subresources.get(name);
    if (sub === undefined) continue;
    entries.push({
      name: `${info.resource}/${name}`,
      singularName: '',
      namespaced: info.namespaced,
      ...(sub.group === undefined ? {} : { group: sub.group }),
      ...(sub.version === undefined ? {} : { version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    });
  }
  return entries;
}

/** meta/v1 APIResourceList of one group version. The core group's says no apiVersion, as Kubernetes has it. */
export function resourceList(groupVersion: GroupVersion): object {
  return {
    kind: 'APIResourceList',
    ...(groupVersion.group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(groupVersion),
    resources: groupVersion.resources.flatMap(resourceEntries),
  };
}

/** One version of a group: the hub's own, or one that another server answers. */
export type Version = GroupVersion | RemoteVersion;

/** A version of another server, as discovery tells it. */
export interface RemoteVersion {
  readonly group: string;
  readonly version: string;
  /** In the form of aggregated discovery; undefined: nobody can say now. */
  readonly remote: readonly object[] | undefined;
}

/** A group and its versions, preferred first. */
export interface Group {
  readonly name: string;
  readonly versions: readonly Version[];
}

/** Groups in discovery order. */
export function groupsOf(groupVersions: readonly GroupVersion[]): Group[] {
  const groups = new Map<string, GroupVersion[]>();
  for (const groupVersion of groupVersions) {
    const versions = groups.get(groupVersion.group);
    if (versions === undefined) groups.set(groupVersion.group, [groupVersion]);
    else versions.push(groupVersion);
  }
  return [...groups].map(([name, versions]) => ({ name, versions }));
}

function groupFields(group: Group): object {
  const versions = group.versions.map((one) => ({ groupVersion: apiVersionOf(one), version: one.version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** meta/v1 APIGroup. */
export function groupDocument(group: Group): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupFields(group) };
}

/** meta/v1 APIGroupList of every group but the core one. */
export function groupList(groups: readonly Group[]): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter((group) => group.name !== '').map(groupFields),
  };
}

/** meta/v1 APIVersions of the core group. `serverAddress` is host:port as clients reach it. */
export function versionList(groups: readonly Group[], serverAddress: string): object {
  const core = groups.find((group) => group.name === '');
  return {
    kind: 'APIVersions',
    versions: (core?.versions ?? []).map((one) => one.version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}
