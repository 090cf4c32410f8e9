/** Aggregated discovery (apidiscovery.k8s.io): every group, version, resource and subresource in one document. */
import type { ResourceInfo, SubresourceInfo } from '../../kinds/kind.ts';
import type { Group, Version } from './legacy.ts';

function subresourceEntry(info: ResourceInfo, sub: SubresourceInfo): object {
  return {
    subresource: sub.name,
    responseKind: { group: sub.group ?? info.group, version: sub.version ?? info.version, kind: sub.kind },
    verbs: sub.verbs,
  };
}

function resourceEntry(info: ResourceInfo): object {
  const names = [...info.subresources.keys()].sort();
  const subresources = names.flatMap((name) => {
    const sub = info.subresources.get(name);
    return sub === undefined ? [] : [subresourceEntry(info, sub)];
  });
  return {
    resource: info.resource,
    responseKind: { group: info.group, version: info.version, kind: info.kind },
    scope: info.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: info.singular,
    verbs: info.verbs,
    ...(info.shortNames.length === 0 ? {} : { shortNames: info.shortNames }),
    ...(info.categories.length === 0 ? {} : { categories: info.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function versionEntry(groupVersion: Version): object {
  const { version } = groupVersion;
  if ('remote' in groupVersion) {
    const { remote } = groupVersion;
    return remote === undefined
      ? { version, freshness: 'Stale' }
      : { version, resources: remote, freshness: 'Current' };
  }
  return {
    version,
    resources: groupVersion.resources.map(resourceEntry),
    freshness: 'Current',
  };
}

/** APIGroupDiscoveryList of `groups`, in the given version of its own API. */
export function groupDiscoveryList(groups: readonly Group[], version: string): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === '' ? {} : { name: group.name },
      versions: group.versions.map(versionEntry),
    })),
  };
}
