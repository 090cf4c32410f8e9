/** Which user a Pod's containers run as. */
import type { Pod } from '../../hub/api/pod.ts';

/** The user the spec gives to every container; undefined when they differ, or one is left to its image. */
export function podUser({ spec }: Pod): number | undefined {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const users = containers.map((one) => one.securityContext?.runAsUser ?? spec.securityContext?.runAsUser);
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}

/** The users host processes of a Pod run as: the agent's own where nothing is said. */
export function processUsers({ spec }: Pod): ReadonlySet<number> {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return new Set(containers.map((one) => one.securityContext?.runAsUser ?? spec.securityContext?.runAsUser ?? 0));
}
