/**
 * MQTT topics of the link, under `coracle/v1/`. The MQTT identity of a node is its certificate's CN, and stands in its
 * topics as it is: so one rule with a placeholder is the ACL of any broker, whoever joins or leaves.
 */
import { nodeUserName } from './user.ts';

const root = 'coracle/v1';

/** What a node's agent publishes. */
export type Uplink = 'session' | 'sync' | 'report' | 'usage';

/** What a node's agent subscribes to. */
export type Downlink = 'objects' | 'request';

/** The topics a node may publish on. */
export const uplinks: readonly Uplink[] = ['session', 'sync', 'report', 'usage'];

/** The topics of its own a node may subscribe to. */
export const downlinks: readonly Downlink[] = ['objects', 'request'];

const nodePrefix = nodeUserName('');

/** `coracle/v1/nodes/<identity>/<topic>`; a broker's placeholder or wildcard may stand for the identity. */
export function identityTopic(identity: string, topic: Uplink | Downlink): string {
  return `${root}/nodes/${identity}/${topic}`;
}

/** `coracle/v1/nodes/system:node:<node>/<topic>`. */
export function nodeTopic(node: string, topic: Uplink | Downlink): string {
  return identityTopic(nodeUserName(node), topic);
}

/** Service and EndpointSlice changes, for every node. */
export const servicesTopic = `${root}/cluster/services`;

/** A hub announces itself here behind an external broker. */
export const hubTopic = `${root}/cluster/hub`;

/** What every node may subscribe to. */
export const clusterFilter = `${root}/cluster/#`;

/** What the hub subscribes to. */
export const uplinkFilters = uplinks.map((topic) => identityTopic('+', topic));

/** The node and topic a message came on, or undefined when it is none of ours. */
export function parseNodeTopic(topic: string): { node: string; topic: string } | undefined {
  const parts = topic.split('/');
  if (parts.length !== 5 || parts[0] !== 'coracle' || parts[1] !== 'v1' || parts[2] !== 'nodes') return undefined;
  const [, , , identity = '', last = ''] = parts;
  const node = identity.startsWith(nodePrefix) ? identity.slice(nodePrefix.length) : '';
  return node === '' ? undefined : { node, topic: last };
}

/** The topic ACL: a node publishes on its own four topics, and nothing else. */
export function mayPublish(node: string, topic: string): boolean {
  const parsed = parseNodeTopic(topic);
  return parsed?.node === node && (uplinks as readonly string[]).includes(parsed.topic);
}

/** The topic ACL: a node subscribes to its own two topics and to what is for every node; never to a wildcard across nodes. */
export function maySubscribe(node: string, filter: string): boolean {
  if (filter === clusterFilter || filter === servicesTopic || filter === hubTopic) return true;
  return downlinks.some((topic) => filter === nodeTopic(node, topic));
}
