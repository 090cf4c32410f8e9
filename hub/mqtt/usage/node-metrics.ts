/** What nodes report of themselves and their containers, as Prometheus figures of the hub. */
import type { UsageMessage } from '../../api/link.ts';
import type { Collector, Exposition, Labels, MetricType } from '../../base/metrics.ts';
import type { NodeUsage } from './usage.ts';

/** Writes the samples of one family for one node. `labels` holds the node. */
type Samples = (usage: UsageMessage, labels: Labels, into: Exposition) => void;

interface Family {
  readonly name: string;
  readonly type?: MetricType;
  readonly help: string;
  readonly samples: Samples;
}

/** A family of one sample a node; nothing where it is not measured. */
function one(name: string, help: string, read: (usage: UsageMessage) => number | undefined): Family {
  return {
    name,
    help,
    samples: (usage, labels, into) => {
      const value = read(usage);
      if (value !== undefined) into.sample(value, labels);
    },
  };
}

type Disk = NonNullable<UsageMessage['disks']>[number];
type Network = NonNullable<UsageMessage['networks']>[number];
type ContainerUsage = NonNullable<UsageMessage['pods']>[number]['containers'][number];

function disk(name: string, help: string, read: (disk: Disk) => number | undefined): Family {
  return {
    name,
    help,
    samples: ({ disks = [] }, labels, into) => {
      for (const each of disks) {
        const value = read(each);
        if (value !== undefined) into.sample(value, { ...labels, device: each.device, mount: each.mount });
      }
    },
  };
}

function network(name: string, help: string, read: (network: Network) => number): Family {
  return {
    name,
    help,
    samples: ({ networks = [] }, labels, into) => {
      for (const each of networks) into.sample(read(each), { ...labels, interface: each.name });
    },
  };
}

function container(name: string, help: string, read: (container: ContainerUsage) => number): Family {
  return {
    name,
    help,
    samples: ({ pods = [] }, labels, into) => {
      for (const pod of pods) {
        for (const each of pod.containers) {
          into.sample(read(each), { ...labels, namespace: pod.namespace, pod: pod.name, container: each.name });
        }
      }
    },
  };
}

const loadMinutes = ['1', '5', '15'] as const;

const families: readonly Family[] = [
  one('coracle_node_cpu_cores', 'Processor cores in use.', ({ cpu }) => cpu),
  {
    name: 'coracle_node_load',
    help: 'Load average over so many minutes.',
    samples: ({ load = [] }, labels, into) => {
      for (const [index, value] of load.entries()) into.sample(value, { ...labels, minutes: loadMinutes[index] ?? '' });
    },
  },
  one('coracle_node_memory_total_bytes', 'Memory of the node.', ({ memory }) => memory?.total),
  one('coracle_node_memory_used_bytes', 'Memory in use.', ({ memory }) => memory?.used),
  one(
    'coracle_node_memory_available_bytes',
    'Memory that can be had without swapping.',
    (usage) => usage.memory?.available,
  ),
  disk('coracle_node_disk_size_bytes', 'Size of a file system.', ({ size }) => size),
  disk('coracle_node_disk_used_bytes', 'What is used of a file system.', ({ used }) => used),
  disk('coracle_node_disk_wear_ratio', 'Share of its rated life a disk has used.', ({ wear }) =>
    wear === undefined ? undefined : wear / 100,
  ),
  network('coracle_node_network_receive_bytes_per_second', 'Received by an interface.', ({ received }) => received),
  network('coracle_node_network_transmit_bytes_per_second', 'Sent by an interface.', ({ sent }) => sent),
  one('coracle_node_temperature_celsius', 'Temperature of the processor.', ({ temperature }) => temperature),
  one('coracle_node_battery_ratio', 'Charge of the battery.', ({ battery }) =>
    battery === undefined ? undefined : battery.percent / 100,
  ),
  one('coracle_node_battery_charging', 'Whether the battery is being charged.', ({ battery }) =>
    battery === undefined ? undefined : Number(battery.charging),
  ),
  one('coracle_node_uptime_seconds', 'Since the node booted, as last told.', ({ uptime }) => uptime),
  one('coracle_node_link_round_trip_seconds', 'From the node to the broker and back.', ({ link }) =>
    link === undefined ? undefined : link.roundTrip / 1000,
  ),
  {
    ...one('coracle_node_link_reconnects_total', 'Since the agent started.', ({ link }) => link?.reconnects),
    type: 'counter',
  },
  container('coracle_container_cpu_cores', 'Processor cores a container uses.', ({ cpu }) => cpu),
  container('coracle_container_memory_bytes', 'Memory a container uses.', ({ memory }) => memory),
];

/** What is asked when metrics are. */
export interface NodeMetricsSource {
  /** The names of all Nodes. */
  nodes(): Iterable<string>;
  connected(node: string): boolean;
  usage(node: string): NodeUsage | undefined;
}

/** Figures of connected nodes: what others told before they went is not how they are. */
export function nodeMetrics(source: NodeMetricsSource): Collector {
  return function* write(into) {
    const told: [Labels, NodeUsage][] = [];
    let connected = 0;
    into.family('coracle_node_connected', 'gauge', 'Whether the link to a node stands.');
    for (const node of source.nodes()) {
      const labels = { node };
      const isConnected = source.connected(node);
      into.sample(Number(isConnected), labels);
      const usage = isConnected ? source.usage(node) : undefined;
      connected += Number(isConnected);
      if (usage !== undefined) told.push([labels, usage]);
    }
    into.family('coracle_nodes_connected', 'gauge', 'Nodes whose link stands.').sample(connected);
    into.family('coracle_node_usage_timestamp_seconds', 'gauge', 'When a node last told its figures, Unix time.');
    for (const [labels, { at }] of told) into.sample(at / 1000, labels);
    for (const { name, type = 'gauge', help, samples } of families) {
      yield;
      into.family(name, type, help);
      for (const [labels, { last }] of told) samples(last, labels, into);
    }
  };
}
