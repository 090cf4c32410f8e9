/** One containerd with a network and a registry, without hub and agent: for tests of what speaks to it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildCatalog, type Catalog } from '../images/catalog.ts';
import { type Containerd, startContainerd } from './containerd.ts';
import { createClusterNetwork, type NodePlace } from './network.ts';
import { createRecord } from './record.ts';
import { type Registry, startRegistry } from './registry.ts';
import { removeCluster, sweep } from './sweep.ts';

/** A containerd that runs. */
export interface LoneContainerd {
  /** Everything is below it. */
  readonly dir: string;
  readonly place: NodePlace;
  readonly containerd: Containerd;
  readonly registry: Registry;
  /** Pushes an image of the catalog and answers its reference. */
  image(name: keyof Catalog): Promise<string>;
  /** Gives it the network configuration it may have been started without. */
  addNetwork(): void;
  stop(): Promise<void>;
}

/** A bridge of its own for the containers. */
const network = {
  cniVersion: '0.4.0',
  name: 'lone',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: false,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.99.0.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
};

/** Starts it; `networked` false leaves out the network configuration. */
export async function startLoneContainerd({ networked = true } = {}): Promise<LoneContainerd> {
  await sweep();
  const record = createRecord();
  try {
    const { dir } = record;
    const wires = createClusterNetwork(record.slot);
    const place = wires.addNode('lone');
    const images = await buildCatalog();
    const registry = await startRegistry({ dir: join(dir, 'registry'), place: wires.hub, port: 5000 });
    const sandboxImage = await registry.push(images.pause);
    const containerd = await startContainerd({
      dir: join(dir, 'containerd'),
      within: place.within,
      sandboxImage,
      registries: [registry.host],
      streams: place.address,
    });
    const dataDir = join(dir, 'cni-data');
    const [bridge] = network.plugins;
    const plugins = [{ ...bridge, ipam: { ...bridge?.ipam, dataDir } }];
    const addNetwork = (): void =>
      writeFileSync(join(containerd.cniConfDir, '10-lone.conflist'), JSON.stringify({ ...network, plugins }));
    if (networked) addNetwork();
    const image = (name: keyof Catalog): Promise<string> => registry.push(images[name]);
    return { dir, place, containerd, registry, image, addNetwork, stop: () => removeCluster(record) };
  } catch (error) {
    await removeCluster(record);
    throw error;
  }
}
