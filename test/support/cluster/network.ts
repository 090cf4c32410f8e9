/**
 * The network of one cluster: a namespace for the hub with a bridge in it, a namespace for each node with a cable (veth)
 * to that bridge, and one cable to this machine, so that a test reaches hub, registry and nodes.
 *
 * Clusters live side by side: each has a slot of its own, the number in its names and in its addresses.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** How many clusters there may be at once: RFC 2544's range for benchmarks, nobody's network, has a /24 for each. */
export const slots = 512;

/** Where `ip netns` keeps its namespaces. */
const namespaces = '/run/netns';

/** Runs a program of iproute2; throws with its words when it refuses. */
function runTool(program: 'ip' | 'bridge', words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

const ip = (...words: string[]): void => runTool('ip', words);

const cable = (slot: number): string => `cor${slot}`;
const namespaceName = (slot: number, name: string): string => `coracle-${slot}-${name}`;

/** An address in a slot's range. */
const addressOf = (slot: number, host: number): string => `198.${18 + (slot >> 8)}.${slot & 255}.${host}`;

const hubHost = 1;
const firstNodeHost = 11;
const outsideHost = 254;

/** One namespace on the bridge. */
export interface Place {
  /** The namespace's name and file. */
  readonly netns: string;
  readonly file: string;
  readonly address: string;
  /**
   * Words to put before a command. Not `ip netns exec`: that makes a mount namespace as well, and what a container
   * runtime mounts there would go with it.
   */
  readonly within: readonly string[];
}

/** A node's place. */
export interface NodePlace extends Place {
  /** Lets nothing pass in either direction, silently, as a network far away does. */
  cut(): void;
  mend(): void;
}

/** The network of a cluster. */
export interface ClusterNetwork {
  readonly slot: number;
  readonly hub: Place;
  /** This machine's address on the bridge. */
  readonly outside: string;
  /**
   * A namespace more. Nodes of one segment share an Ethernet; those of another are behind a router, the hub, that knows
   * nodes but no Pods. 0, the hub's own, unless said.
   */
  addNode(name: string, segment?: number): NodePlace;
}

/** Addresses of other segments: of carriers' NAT (RFC 6598), known in the cluster only. */
const segmentAddress = (segment: number, host: number): string => `100.64.${segment}.${host}`;

function place(slot: number, name: string, address: string): Place {
  const netns = namespaceName(slot, name);
  const file = `${namespaces}/${netns}`;
  return { netns, file, address, within: ['nsenter', `--net=${file}`] };
}

/** Makes the hub's namespace with its bridge and the cable to it. */
export function createClusterNetwork(slot: number): ClusterNetwork {
  const hub = place(slot, 'hub', addressOf(slot, hubHost));
  const outside = addressOf(slot, outsideHost);
  ip('netns', 'add', hub.netns);
  ip('-n', hub.netns, 'link', 'set', 'lo', 'up');
  ip('-n', hub.netns, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', hub.netns, 'address', 'add', `${hub.address}/24`, 'dev', 'br0');
  ip('-n', hub.netns, 'link', 'set', 'br0', 'up');
  ip('link', 'add', cable(slot), 'type', 'veth', 'peer', 'name', 'outside', 'netns', hub.netns);
  ip('-n', hub.netns, 'link', 'set', 'outside', 'master', 'br0', 'up');
  ip('address', 'add', `${outside}/24`, 'dev', cable(slot));
  ip('link', 'set', cable(slot), 'up');
  const segments = new Set([0]);
  const bridgeOf = (segment: number): string => {
    if (segments.has(segment)) return `br${segment}`;
    segments.add(segment);
    const bridge = `br${segment}`;
    ip('-n', hub.netns, 'link', 'add', bridge, 'type', 'bridge');
    ip('-n', hub.netns, 'address', 'add', `${segmentAddress(segment, hubHost)}/24`, 'dev', bridge);
    ip('-n', hub.netns, 'link', 'set', bridge, 'up');
    forward(hub);
    return bridge;
  };
  let nodes = 0;
  return {
    slot,
    hub,
    outside,
    addNode(name, segment = 0) {
      const within = (host: number): string => (segment === 0 ? addressOf(slot, host) : segmentAddress(segment, host));
      const node = place(slot, name, within(firstNodeHost + nodes));
      const bridge = bridgeOf(segment);
      nodes += 1;
      const port = `port${nodes}`;
      ip('netns', 'add', node.netns);
      ip('-n', node.netns, 'link', 'set', 'lo', 'up');
      ip('-n', hub.netns, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', node.netns);
      ip('-n', hub.netns, 'link', 'set', port, 'master', bridge, 'up');
      ip('-n', node.netns, 'address', 'add', `${node.address}/24`, 'dev', 'eth0');
      ip('-n', node.netns, 'link', 'set', 'eth0', 'up');
      ip('-n', node.netns, 'route', 'add', 'default', 'via', within(hubHost));
      // 0: disabled, 3: forwarding (the kernel's BR_STATE_*)
      const setPort = (state: string): void =>
        runTool('bridge', ['-n', hub.netns, 'link', 'set', 'dev', port, 'state', state]);
      return { ...node, cut: () => setPort('0'), mend: () => setPort('3') };
    },
  };
}

/** Lets a namespace pass packets on; its kernel settings are those of whoever opens the file. */
function forward({ within }: Place): void {
  const [program = '', ...words] = [...within, 'tee', '/proc/sys/net/ipv4/ip_forward'];
  const { status, stderr } = spawnSync(program, words, { input: '1', encoding: 'utf8' });
  if (status !== 0) throw new Error(`the hub's namespace does not forward: ${stderr.trim()}`);
}

/** The files of a slot's namespaces that are there. */
export function namespaceFiles(slot: number): string[] {
  let names: string[];
  try {
    names = readdirSync(namespaces);
  } catch {
    // nobody has made one since the machine started
    return [];
  }
  return names.filter((name) => name.startsWith(namespaceName(slot, ''))).map((name) => `${namespaces}/${name}`);
}

/** Removes a slot's namespaces and its cable, as far as they are there. */
export function removeNetwork(slot: number): void {
  for (const file of namespaceFiles(slot)) ip('netns', 'delete', file.slice(namespaces.length + 1));
  // it goes with the hub's namespace, but not before all who use that are gone
  spawnSync('ip', ['link', 'delete', cable(slot)], { stdio: 'ignore' });
}
