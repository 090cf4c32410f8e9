/** MQTT topics of the link, under `coracle/v1/`. The MQTT identity of a node is its certificate's CN. */

const root = 'coracle/v1';

/** What a node's agent publishes. */
export type Uplink = 'session' | 'sync' | 'report' | 'usage';

/** What a node's agent subscribes to. */
export type Downlink = 'objects' | 'request';

/** `coracle/v1/nodes/<node>/<topic>`. */
export function nodeTopic(node: string, topic: Uplink | Downlink): string {
  return `${root}/nodes/${node}/${topic}`;
}

/** Service and EndpointSlice changes, for every node. */
export const servicesTopic = `${root}/cluster/services`;

/** What every node may subscribe to. */
export const clusterFilter = `${root}/cluster/#`;

/** What the hub subscribes to. */
export const uplinkFilters = (['session', 'sync', 'report', 'usage'] as const).map(
  (topic) => `${root}/nodes/+/${topic}`,
);

/** The node and topic a message came on, or undefined when it is none of ours. */
export function parseNodeTopic(topic: string): { node: string; topic: string } | undefined {
  const parts = topic.split('/');
  if (parts.length !== 5 || parts[0] !== 'coracle' || parts[1] !== 'v1' || parts[2] !== 'nodes') return undefined;
  const [, , , node, last] = parts;
  return node === undefined || node === '' || last === undefined ? undefined : { node, topic: last };
}
