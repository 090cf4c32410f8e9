/**
 * Keeps the rules at the edge of the cluster: Pods leave it under the node's address, and ports of the node lead to Pods.
 *
 * INVARIANTS: works from what is held and what the runtime has, so also while the hub is away; the rules stay when the agent
 * stops; each change of them is one transaction.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Node } from '../../../hub/api/node.ts';
import type { NodeNetwork } from '../../../hub/api/node-network.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import { readIfThere } from '../../../hub/base/private-file.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';
import type { HeldObjects } from '../../state/held.ts';
import { bridgeName, type NetworkTrouble } from '../network.ts';
import { NftMissing } from '../nft.ts';
import type { RulesetWatch } from '../ruleset-watch.ts';
import { TableKeeper } from '../table-keeper.ts';
import { hasHostPorts, hostPorts } from './host-ports.ts';
import { makeMasqueradeTable, masqueradeTable } from './masquerade-table.ts';

/** Options of `createMasquerade`. */
export interface MasqueradeOptions {
  /** Name of this node. */
  readonly node: string;
  /** Nodes and Pods, static ones included; asked for when it is started. */
  readonly held: () => Pick<HeldObjects, 'get' | 'all' | 'subscribe'>;
  /** The sandboxes there are; rejects while the runtime cannot tell. */
  readonly sandboxes: () => Promise<readonly SandboxObservation[]>;
  readonly nodeAddresses: () => readonly string[];
  readonly rules: RulesetWatch;
  /** What `trouble` says is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the kernel's settings are; /proc/sys unless said. */
  readonly sysctls?: string;
}

/** The rules' keeper. */
export interface Masquerade extends Part {
  /** Why Pods cannot leave the cluster, or their host ports do not lead to them. */
  trouble(): NetworkTrouble | undefined;
  /** Resolves when the host ports of this Pod lead to it, or cannot be made to. To be called before its containers start. */
  open(uid: string): Promise<void>;
}

/** Milliseconds until it is looked again whether somebody has installed what is missing. */
const missingRetry = 30_000;

const work = 'masquerade';

/** Makes it. */
export function createMasquerade(options: MasqueradeOptions): Masquerade {
  const { rules, clock, log } = options;
  const keeper = new TableKeeper({ run: rules.run, clock, log });
  const queue = new WorkQueue({
    ...{ name: 'masquerade', clock, log, backoff: { first: 500, limit: 30_000 } },
    handle: () => turn(),
  });
  let trouble: NetworkTrouble | undefined;
  let releases: (() => void)[] = [];
  const pods = (): Iterable<Pod> => options.held().all('pods') as unknown as Iterable<Pod>;

  function tell(next: NetworkTrouble | undefined): void {
    if (next?.message === trouble?.message) return;
    trouble = next;
    options.changed();
  }

  async function place(): Promise<void> {
    const nodeAddresses = options.nodeAddresses();
    const ports = hostPorts(pods(), await options.sandboxes(), nodeAddresses);
    const self = options.held().get(`nodes//${options.node}`) as Node | undefined;
    const networks = [...options.held().all('nodenetworks')] as NodeNetwork[];
    const cluster = networks.flatMap(({ podCIDRs }) => podCIDRs);
    const own = self?.spec.podCIDRs ?? [];
    if (ports.length > 0) await allowLoopback(options.sysctls ?? '/proc/sys');
    const table = makeMasqueradeTable({ own, cluster, nodeAddresses, hostPorts: ports });
    if ((await keeper.apply(table)) === 'replaced')
      log.info({ own }, 'Pods leave the cluster under the node’s address');
  }

  async function turn(): Promise<number | undefined> {
    try {
      await place();
    } catch (error) {
      const isMissing = error instanceof NftMissing;
      const message = `Pods cannot leave the cluster, nor be reached by host ports: ${error instanceof Error ? error.message : String(error)}`;
      tell({ reason: isMissing ? 'NftMissing' : 'MasqueradeNotProgrammed', message });
      if (isMissing) return missingRetry;
      throw error;
    }
    tell(undefined);
    return undefined;
  }

  return {
    name: 'masquerade',
    async start() {
      releases = [
        options.held().subscribe(({ upserts, deletions }) => {
          const concerns =
            upserts.some((one) => isPodWithPorts(one) || one.kind === 'NodeNetwork' || isSelf(one, options.node)) ||
            deletions.some((key) => /^(pods|nodenetworks)\//.test(key));
          if (concerns) queue.add(work);
        }),
        rules.watch(masqueradeTable.name, () => {
          keeper.forget();
          queue.add(work);
        }),
      ];
      queue.add(work);
      await queue.settled();
    },
    async stop() {
      for (const release of releases) release();
      await queue.stop();
    },
    trouble: () => trouble,
    async open(uid) {
      const asks = [...pods()].some((pod) => pod.metadata.uid === uid && hasHostPorts(pod));
      if (!asks) return;
      queue.add(work);
      await queue.settled();
    },
  };
}

type Upsert = { readonly kind: string; readonly metadata: { readonly name?: string } };

const isSelf = ({ kind, metadata }: Upsert, node: string): boolean => kind === 'Node' && metadata.name === node;
const isPodWithPorts = (one: Upsert): boolean => one.kind === 'Pod' && hasHostPorts(one as unknown as Pod);

/** The node's own processes reach a Pod's port by 127.0.0.1 only when its bridge may send with such an address. */
async function allowLoopback(sysctls: string): Promise<void> {
  const file = join(sysctls, 'net/ipv4/conf', bridgeName, 'route_localnet');
  const now = await readIfThere(file);
  // there is no bridge before the first Pod
  if (now !== undefined && now.trim() !== '1') await writeFile(file, '1');
}
