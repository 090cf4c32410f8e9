/** Who asks: the identity that authentication hands to authorization, admission and the audit trail. */
import { isDns1123Subdomain } from './names.ts';

/** authentication/v1 UserInfo. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The group of everybody whose credentials were good, and of everybody else. */
export const authenticatedGroup = 'system:authenticated';
export const unauthenticatedGroup = 'system:unauthenticated';

/** Every request that carries no credentials. */
export const anonymous: User = { name: 'system:anonymous', groups: [unauthenticatedGroup] };

/** The group whose members may do everything. */
export const mastersGroup = 'system:masters';

/** Whom parts of the hub write as: the API server, who lets machines join, and who watches over nodes. */
export const apiServerUser: User = { name: 'system:apiserver', groups: [mastersGroup] };
export const joinUser: User = { name: 'system:coracle:join', groups: [mastersGroup] };
export const nodeControllerUser: User = { name: 'system:node-controller', groups: [mastersGroup] };

/** The group of node agents. */
export const nodesGroup = 'system:nodes';

const nodePrefix = 'system:node:';

/** The user name (and certificate CN, and MQTT identity) of a node's agent. */
export function nodeUserName(node: string): string {
  return nodePrefix + node;
}

/** API: certificates hold a user name of at most 64 characters (RFC 5280 ub-common-name). */
const longestNodeName = 64 - nodePrefix.length;

/** Why a node cannot have that name; empty for a good one. */
export function nodeNameErrors(name: string): string[] {
  if (name.length > longestNodeName) return [`must be no more than ${longestNodeName} characters`];
  return isDns1123Subdomain(name);
}

/** The node an identity speaks for, or undefined when it is no node. NodeRestriction: name and group must both match. */
export function nodeOf(user: User): string | undefined {
  if (!user.groups.includes(nodesGroup) || !user.name.startsWith(nodePrefix)) return undefined;
  const name = user.name.slice(nodePrefix.length);
  return name === '' ? undefined : name;
}
