/** Groups of the hub and of other servers in one order. API: groupPriorityMinimum and versionPriority of APIServices. */
import { compareGroups } from '../../api/api-priority.ts';
import { compareVersions } from '../../kinds/built-in.ts';
import type { RemoteApis } from '../aggregation/remote-apis.ts';
import type { Group, Version } from './legacy.ts';

/** The groups of the hub with those of other servers put in; where both have a version it is the other server's. */
export function mergeGroups(own: readonly Group[], remotes: RemoteApis): Group[] {
  const versions = new Map<string, Map<string, Version>>(
    own.map((group) => [group.name, new Map(group.versions.map((one) => [one.version, one]))]),
  );
  for (const api of remotes.all()) {
    const known = versions.get(api.group) ?? new Map<string, Version>();
    const { group, version } = api;
    known.set(version, { group, version, remote: remotes.resources(api) });
    versions.set(group, known);
  }
  return [...versions]
    .map(([name, all]) => {
      const ordered = [...all.values()].sort((a, b) => compareTwo(remotes, a, b));
      const priority = Math.max(...ordered.map((one) => remotes.priority(name, one.version).group));
      return { name, priority, versions: ordered };
    })
    .sort(compareGroups);
}

function compareTwo(remotes: RemoteApis, a: Version, b: Version): number {
  const difference = remotes.priority(b.group, b.version).version - remotes.priority(a.group, a.version).version;
  return difference === 0 ? compareVersions(a.version, b.version) : difference;
}
