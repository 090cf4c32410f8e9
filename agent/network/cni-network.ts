/**
 * The Pod network through CNI plugins: writes their configuration as soon as the hub has given this node a range.
 *
 * INVARIANTS: the file is there whole or not at all, and is written only when it differs; it stays when the agent stops, as
 * the Pods do; reservations are freed once, before the first Pod is made.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Node } from '../../hub/api/node.ts';
import { sameJson } from '../../hub/api/same-json.ts';
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import { readIfThere, writePrivate } from '../../hub/base/private-file.ts';
import { WorkQueue } from '../../hub/base/work-queue.ts';
import type { HeldObjects } from '../state/held.ts';
import { cniConfig, networkName } from './cni-config.ts';
import { cniFileName, type PodNetwork } from './network.ts';
import { freeReservations } from './reservations.ts';

/** Options of `createCniNetwork`. */
export interface CniNetworkOptions {
  /** Name of this node. */
  readonly node: string;
  readonly held: HeldObjects;
  /** Where the container runtime looks for its network; made when missing. */
  readonly confDir: string;
  /** Where host-local keeps its reservations. */
  readonly dataDir: string;
  /** The addresses sandboxes have now; rejects while the runtime cannot tell. */
  readonly addresses: () => Promise<readonly string[]>;
  /** Bytes a Pod's packet may have; undefined: as the kernel has it. */
  readonly podMtu?: () => number | undefined;
  /** What `trouble` says is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the kernel's settings are; /proc/sys unless said. */
  readonly sysctls?: string;
}

const noRange = 'the hub has given this node no range of Pod addresses yet';
const work = 'configuration';

/** Makes the network. */
export function createCniNetwork(options: CniNetworkOptions): PodNetwork {
  const { held, log } = options;
  const key = `nodes//${options.node}`;
  let written: { cidrs: readonly string[]; mtu: number | undefined } | undefined;
  let trouble: string | undefined = noRange;
  let release = (): void => {};
  const queue = new WorkQueue({
    name: 'network',
    handle: () => configure(),
    clock: options.clock,
    log,
    backoff: { first: 1000, limit: 60_000 },
  });

  function tell(next: string | undefined): void {
    if (next === trouble) return;
    trouble = next;
    options.changed();
  }

  async function configure(): Promise<undefined> {
    const spec = (held.get(key) as Node | undefined)?.spec;
    const cidrs = spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);
    // a node that was deleted keeps its network: its Pods may still run
    const next = { cidrs, mtu: options.podMtu?.() };
    if (cidrs.length === 0 || sameJson(next, written)) return undefined;
    try {
      await forwardPackets(cidrs, options.sysctls ?? '/proc/sys');
      await place(next);
      written = next;
      tell(undefined);
    } catch (error) {
      tell(`the network of Pods cannot be set up: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
    return undefined;
  }

  async function place({ cidrs, mtu }: { cidrs: readonly string[]; mtu: number | undefined }): Promise<void> {
    const file = join(options.confDir, cniFileName);
    const text = cniConfig({ cidrs, mtu, dataDir: options.dataDir });
    await mkdir(options.confDir, { recursive: true });
    if ((await readIfThere(file)) === text) return;
    await writePrivate(file, text);
    log.info({ ranges: cidrs, file }, 'the network of Pods is set up');
  }

  async function tidy(): Promise<void> {
    try {
      const inUse = new Set(await options.addresses());
      const freed = await freeReservations(join(options.dataDir, networkName), inUse);
      if (freed.length > 0) log.info({ addresses: freed.length }, 'freed addresses of Pods that are gone');
    } catch (error) {
      log.warn({ error: String(error) }, 'could not look for addresses of Pods that are gone');
    }
  }

  return {
    name: 'network',
    async start() {
      await tidy();
      release = held.subscribe(({ upserts }) => {
        if (upserts.some(({ kind, metadata }) => kind === 'Node' && metadata.name === options.node)) queue.add(work);
      });
      queue.add(work);
      await queue.settled();
    },
    async stop() {
      release();
      await queue.stop();
    },
    trouble: () => trouble,
    changed: () => queue.add(work),
  };
}

/** Packets of Pods pass this machine only when it forwards. */
async function forwardPackets(cidrs: readonly string[], sysctls: string): Promise<void> {
  const v6 = cidrs.filter((cidr) => isIPv6(cidr.split('/')[0] ?? ''));
  const files = [
    ...(v6.length < cidrs.length ? ['net/ipv4/ip_forward'] : []),
    ...(v6.length > 0 ? ['net/ipv6/conf/all/forwarding'] : []),
  ];
  for (const name of files) {
    const file = join(sysctls, name);
    if ((await readIfThere(file))?.trim() !== '1') await writeFile(file, '1');
  }
}
