/** Keeps the hub's picture of this node up to date: labels, capacity, conditions, addresses; only when they change. */
import { statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import type { NodeReport } from '../../hub/api/link.ts';
import { sameJson } from '../../hub/api/same-json.ts';
import type { Taint } from '../../hub/api/scheduling.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Part } from '../../hub/base/lifecycle.ts';
import type { Log } from '../../hub/base/log.ts';
import { nodeAddresses } from './addresses.ts';
import type { Figures } from './figures.ts';
import { type Hardware, readHardware } from './hardware.ts';
import { type Machine, readText } from './machine.ts';
import { nodeReport, type Pressures, reserved } from './node-report.ts';

/** Options of `createNodeReporter`. */
export interface NodeReporterOptions {
  readonly name: string;
  readonly machine: Machine;
  /** Where the agent keeps data: the disk that is watched. */
  readonly dir: string;
  readonly hardwareFile: string;
  /** Where the built-in provisioner may keep volumes; unset: nowhere. */
  readonly localVolumesDir?: string;
  /** Host of the hub: addresses are those of the way to it. */
  readonly hubHost: () => string;
  readonly runtime: { readonly name: string; readonly version: string };
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Why the node cannot run Pods now; undefined when it can. */
  readonly unready: () => string | undefined;
  readonly send: (report: NodeReport) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The reporter, and what it knows for others. */
export interface NodeReporter extends Part {
  addresses(): readonly string[];
  allocatable(): { cpu: number; memory: number; storage: number };
  /** New figures: conditions may change. */
  measured(figures: Figures): void;
  /** What `unready` or the runtime's version say may be another thing now. */
  changed(): void;
  /** The way to the hub may have changed. */
  connected(): void;
}

/** Makes the reporter; `start` sends the first report. Hardware follows when its program has answered. */
export async function createNodeReporter(options: NodeReporterOptions): Promise<NodeReporter> {
  const { machine, log } = options;
  const gone = new AbortController();
  let addresses: readonly string[] = await nodeAddresses(options.hubHost());
  let hardware: Hardware | undefined;
  let before: NodeReport | undefined;
  let pressures = await readPressures(options.dir, freemem());

  function report(): void {
    const { name, runtime, labels, taints, clock } = options;
    const now = clock.now();
    const next = nodeReport({
      name,
      machine,
      hardware,
      ...(options.localVolumesDir === undefined ? {} : { localVolumesDir: options.localVolumesDir }),
      addresses,
      runtime,
      labels,
      taints,
      pressures,
      unready: options.unready(),
      before,
      now,
    });
    if (sameJson(before, next)) return;
    before = next;
    options.send(next);
  }

  const tell = (work: Promise<unknown>): void => {
    work.then(report, (error: unknown) => {
      if (!gone.signal.aborted) log.warn({ error: String(error) }, 'a fact of this machine could not be read');
    });
  };

  return {
    name: 'node report',
    start() {
      report();
      const { hardwareFile: file } = options;
      tell(readHardware({ file, boot: machine.bootId, signal: gone.signal }).then((found) => (hardware = found)));
    },
    stop: () => gone.abort(),
    addresses: () => addresses,
    allocatable: () => ({
      cpu: machine.cpus,
      memory: machine.memory - reserved.memory,
      storage: pressures.space.size * (1 - reserved.disk),
    }),
    measured({ memory }) {
      tell(
        readPressures(options.dir, memory?.available ?? freemem()).then(
          (read) => (pressures = settle(pressures, read)),
        ),
      );
    },
    changed: () => {
      if (!gone.signal.aborted) report();
    },
    connected() {
      tell(nodeAddresses(options.hubHost()).then((found) => (addresses = found)));
    },
  };
}

async function readPressures(dir: string, memoryAvailable: number): Promise<Pressures> {
  const space = await statfs(dir);
  const [now = 0, limit = Number.POSITIVE_INFINITY] = [
    Number(/\/(\d+)/.exec((await readText('/proc/loadavg')) ?? '')?.[1] ?? 0),
    Number((await readText('/proc/sys/kernel/pid_max')) ?? Number.POSITIVE_INFINITY),
  ];
  return {
    memoryAvailable,
    space: {
      size: space.blocks * space.bsize,
      free: space.bavail * space.bsize,
      inodesFree: space.files === 0 ? 1 : space.ffree / space.files,
    },
    processes: { now, limit },
  };
}

/** A machine on the edge of a pressure must not flap: to leave it, a tenth more must be free than to enter it. */
function settle(before: Pressures, read: Pressures): Pressures {
  const wasLow = before.memoryAvailable < reserved.memory;
  const stays = wasLow && read.memoryAvailable < reserved.memory * 1.1;
  return stays ? { ...read, memoryAvailable: before.memoryAvailable } : read;
}
