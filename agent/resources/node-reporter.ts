/** Keeps the hub's picture of this node up to date: labels, capacity, conditions, addresses; only when they change. */
import { statfs } from 'node:fs/promises';
import type { NodeReport } from '../../hub/api/link.ts';
import type { ContainerImage } from '../../hub/api/node.ts';
import { sameJson } from '../../hub/api/same-json.ts';
import type { Taint } from '../../hub/api/scheduling.ts';
import type { CapacitySettings } from '../../hub/base/capacity-settings.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import type { Pressure } from '../eviction/signal.ts';
import type { NetworkTrouble } from '../network/network.ts';
import { type Amounts, allocatable } from './allocatable.ts';
import { nodeAddresses } from './addresses.ts';
import { type Hardware, readHardware } from './hardware.ts';
import type { Machine } from './machine.ts';
import { nodeReport } from './node-report.ts';

/** Options of `createNodeReporter`. */
export interface NodeReporterOptions {
  readonly name: string;
  readonly machine: Machine;
  /** Where the agent keeps data: the disk that is watched. */
  readonly dir: string;
  readonly hardwareFile: string;
  /** Where the built-in provisioner may keep volumes; unset: nowhere. */
  readonly localVolumesDir?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The address that was chosen; '' is none. */
  readonly chosenAddress: string;
  /** Host of the hub: addresses are those of the way to it. */
  readonly hubHost: () => string;
  readonly runtime: { readonly name: string; readonly version: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly settings: CapacitySettings;
  /** The images the runtime has. */
  readonly images: () => readonly ContainerImage[];
  /** What the node is short of. */
  readonly pressures: () => ReadonlySet<Pressure>;
  /** Why the node cannot run Pods now; undefined when it can. */
  readonly unready: () => string | undefined;
  /** What is wrong with the network of Pods; undefined on a node without one. */
  readonly network: () => readonly NetworkTrouble[] | undefined;
  readonly send: (report: NodeReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reporter, and what it knows for others. */
export interface NodeReporter extends Part {
  addresses(): readonly string[];
  allocatable(): Amounts;
  /** A while has passed: the disk may have been enlarged. */
  measured(): void;
  /** What the options tell may be another thing now. */
  changed(): void;
  /** The way to the hub may have changed; resolves when `addresses` tells. */
  connected(): Promise<void>;
}

/** Makes the reporter; `start` sends the first report. Hardware follows when its program has answered. */
export async function createNodeReporter(options: NodeReporterOptions): Promise<NodeReporter> {
  const { machine, log } = options;
  const gone = new AbortController();
  const look = async (): Promise<readonly string[]> =>
    options.chosenAddress === '' ? nodeAddresses(options.hubHost()) : [options.chosenAddress];
  let addresses: readonly string[] = await look();
  let hardware: Hardware | undefined;
  let before: NodeReport | undefined;
  let storage = await diskSize(options.dir);
  const capacity = (): Amounts => ({ cpu: machine.cpus, memory: machine.memory, storage });

  function report(): void {
    const { name, runtime, labels, taints, clock } = options;
    const now = clock.now();
    const network = options.network();
    const next = nodeReport({
      name,
      machine,
      hardware,
      ...(options.localVolumesDir === undefined ? {} : { localVolumesDir: options.localVolumesDir }),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
      addresses,
      runtime,
      labels,
      taints,
      capacity: capacity(),
      allocatable: allocatable(capacity(), options.settings),
      maxPods: options.settings.maxPods,
      images: options.images(),
      pressures: options.pressures(),
      unready: options.unready(),
      ...(network === undefined ? {} : { network }),
      before,
      now,
    });
    if (sameJson(before, next)) return;
    before = next;
    options.send(next);
  }

  const tell = async (work: Promise<unknown>): Promise<void> => {
    await work.then(report, (error: unknown) => {
      if (!gone.signal.aborted) log.warn({ error: String(error) }, 'a fact of this machine could not be read');
    });
  };

  return {
    name: 'node report',
    start() {
      report();
      const { hardwareFile: file } = options;
      void tell(readHardware({ file, boot: machine.bootId, signal: gone.signal }).then((found) => (hardware = found)));
    },
    stop: () => gone.abort(),
    addresses: () => addresses,
    allocatable: () => allocatable(capacity(), options.settings),
    measured() {
      void tell(diskSize(options.dir).then((size) => (storage = size)));
    },
    changed: () => {
      if (!gone.signal.aborted) report();
    },
    connected: () => tell(look().then((found) => (addresses = found))),
  };
}

async function diskSize(dir: string): Promise<number> {
  const { blocks, bsize } = await statfs(dir);
  return blocks * bsize;
}
