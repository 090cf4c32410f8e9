/**
 * A whole cluster on one machine, of real parts: a hub, nodes with a containerd each, image registries, a network between
 * them. Stop it in any case; what a killed test process leaves goes when the next cluster starts.
 */
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { buildCatalog, type Catalog } from '../images/catalog.ts';
import type { Image } from '../images/image.ts';
import { startHub, type TestHub } from '../coracle.ts';
import { type ClusterNetwork, createClusterNetwork, type Place } from './network.ts';
import { type ClusterNode, startNode } from './node.ts';
import { type ClusterRecord, createRecord } from './record.ts';
import { type Registry, startRegistry } from './registry.ts';
import { removeCluster, sweep } from './sweep.ts';

/** A cluster that runs. */
export interface Cluster {
  /** Everything of it is below it. */
  readonly dir: string;
  readonly hub: TestHub & Place;
  readonly nodes: readonly ClusterNode[];
  /** All images of the catalog are here, for anybody. */
  readonly registry: Registry;
  /** Nothing is here until it is pushed; it wants a password (`login`). */
  readonly privateRegistry: Registry;
  readonly images: Catalog;
  /** The reference of an image in the open registry. */
  image(name: keyof Catalog): string;
  /** Joins one more node. */
  addNode(name: string, options?: NodeChoices): Promise<ClusterNode>;
  /** Removes everything. */
  stop(): Promise<void>;
}

/** What may differ from node to node. */
export interface NodeChoices {
  runtime?: 'containerd' | 'process';
  /** Settings of the agent (configs/agent.yaml). */
  settings?: Readonly<Record<string, unknown>>;
  /** Which Ethernet it is on (network.ts); 0, the hub's, unless said. */
  segment?: number;
  /** Words for `coracle join`: labels, taints. */
  joinArgs?: readonly string[];
}

/** What to start. */
export interface ClusterOptions extends NodeChoices {
  /** How many nodes: they are called node1, node2 and so on. 2 unless said. */
  nodes?: number;
  /** Words for the hub's `coracle start`. */
  hubArgs?: readonly string[];
}

const ports = { open: 5000, private: 5001 };
const login = { user: 'puller', password: 'a secret of tests' };

/** Milliseconds. */
const readyTimeout = 60_000;

async function isReady(hub: TestHub, node: string): Promise<boolean> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const words = ['get', 'node', node, '--ignore-not-found', '-o', `jsonpath=${ready}`];
  return (await hub.kubectl(words)) === 'True';
}

/** Starts a cluster; resolves when all its nodes are Ready. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  await sweep();
  const record = createRecord();
  try {
    return await fill(record, createClusterNetwork(record.slot), options);
  } catch (error) {
    await removeCluster(record);
    throw error;
  }
}

async function filledRegistry(dir: string, place: Place): Promise<Pick<Cluster, 'images' | 'registry'>> {
  const [images, registry] = await Promise.all([buildCatalog(), startRegistry({ dir, place, port: ports.open })]);
  // one after the other: the registry may refuse a manifest while a layer of it is coming in a second time
  for (const image of Object.values(images) as Image[]) await registry.push(image);
  return { images, registry };
}

async function fill(record: ClusterRecord, network: ClusterNetwork, options: ClusterOptions): Promise<Cluster> {
  const { dir } = record;
  const place = network.hub;
  const hubArgs = ['--no-agent', '--bind-address', place.address, '--advertise-address', place.address];
  const [{ images, registry }, privateRegistry, hub] = await Promise.all([
    filledRegistry(join(dir, 'registry'), place),
    startRegistry({ dir: join(dir, 'private-registry'), place, port: ports.private, login }),
    startHub([...hubArgs, ...(options.hubArgs ?? [])], join(dir, 'hub'), place.within),
  ]);
  const nodes: ClusterNode[] = [];

  async function addNode(name: string, choices: NodeChoices = {}): Promise<ClusterNode> {
    const chosen = { ...options, ...choices };
    const node = await startNode({
      name,
      dir: join(dir, 'nodes', name),
      place: network.addNode(name, chosen.segment),
      joinUrl: await hub.joinUrl(),
      runtime: chosen.runtime ?? 'containerd',
      settings: { ...options.settings, ...choices.settings },
      joinArgs: chosen.joinArgs ?? [],
      sandboxImage: `${registry.host}/${images.pause.name}`,
      registries: [registry.host, privateRegistry.host],
    });
    nodes.push(node);
    await eventually(`${name} to be Ready`, () => isReady(hub, name), readyTimeout);
    return node;
  }

  const names = Array.from({ length: options.nodes ?? 2 }, (_, at) => `node${at + 1}`);
  await Promise.all(names.map((name) => addNode(name)));
  nodes.sort((a, b) => a.name.localeCompare(b.name));
  return {
    dir,
    hub: { ...hub, ...place },
    nodes,
    registry,
    privateRegistry,
    images,
    image: (name) => `${registry.host}/${images[name].name}`,
    addNode,
    stop: () => removeCluster(record),
  };
}
