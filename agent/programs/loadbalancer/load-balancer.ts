/** The load balancer of one node: answers for its part of the addresses, and gives them out when it is elected. */
import { Election } from '../client/election.ts';
import { isGoing } from '../client/going.ts';
import type { ProgramContext, RunningProgram } from '../client/program.ts';
import { Allocator, releaseAll } from './allocator.ts';
import { Announcer } from './announcer.ts';
import { Following } from './following.ts';
import type { AddressInterface } from './interface.ts';
import type { Pool } from './pool.ts';

/** What it works with. */
export interface LoadBalancerOptions extends ProgramContext {
  readonly pool: Pool;
  readonly node: string;
  /** This Pod. */
  readonly pod: string;
  /** The program's own DaemonSet; the Lease of the election is called like it. */
  readonly daemonSet: string;
  readonly interface: AddressInterface;
}

/** Seconds until another instance gives out addresses when the one that did is gone. */
const duration = 30;

/** Milliseconds an end may take beside the Lease. */
const lastWords = 10_000;

/** Starts. */
export function balanceLoad(options: LoadBalancerOptions): RunningProgram {
  const { client, clock, log, random, pool, pod, daemonSet } = options;
  const context = { client, clock, log, random };
  let allocator: Allocator | undefined;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const following: Following = new Following(context, () => {
    announcer.look();
    // nodes have addresses as well
    allocator?.look();
  });
  const announcer = new Announcer({ ...options, following, failed: (error) => fail(error) });
  const election = new Election({
    ...{ ...context, name: daemonSet, identity: pod, duration },
    leading(isLeader) {
      void allocator?.stop();
      allocator = undefined;
      if (!isLeader) return;
      allocator = new Allocator({
        ...context,
        pool,
        daemonSet,
        others: () => (following.isSynced ? following.nodeAddresses() : undefined),
      });
      allocator.start();
    },
  });
  following.start();
  election.start();
  log.info({ node: options.node }, 'following Services');

  /** The last act of an addon that is disabled: no Service is to tell an address nobody answers for. */
  async function sayGoodbye(wasLeader: boolean): Promise<void> {
    const { holder } = election;
    // one that gave the Lease back has done it
    const isHeir = holder !== '' && following.isSynced && following.heirOf(holder) === pod;
    if (!wasLeader && !isHeir) return;
    if (await isGoing(client, daemonSet, AbortSignal.timeout(lastWords))) await releaseAll(context, pool);
  }

  return {
    failed,
    async stop() {
      const leading = allocator;
      await Promise.all([announcer.stop(), leading?.stop()]);
      await sayGoodbye(leading !== undefined).finally(async () => {
        await election.stop();
        await following.stop();
      });
    },
  };
}
