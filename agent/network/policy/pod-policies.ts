/**
 * Enforces the policies this node holds on its Pods.
 *
 * INVARIANTS: works from the held objects alone, so also while the hub is away; a container starts only when the policies about
 * its Pod are in the kernel; the rules stay when the agent stops; each change of them is one transaction.
 */
import type { Pod } from '../../../hub/api/pod.ts';
import type { ResolvedPolicy } from '../../../hub/api/resolved-policy.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import type { Part } from '../../../hub/base/lifecycle.ts';
import type { Log } from '../../../hub/base/log.ts';
import { WorkQueue } from '../../../hub/base/work-queue.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import type { SandboxObservation } from '../../runtime/sandbox.ts';
import type { HeldObjects } from '../../state/held.ts';
import type { NetworkTrouble } from '../network.ts';
import { NftMissing } from '../nft.ts';
import { removeTables } from '../nft-table.ts';
import type { RulesetWatch } from '../ruleset-watch.ts';
import { rest, TableKeeper } from '../table-keeper.ts';
import { type LocalPod, localPods } from './local-pods.ts';
import type { PeerSets } from './policy-match.ts';
import { makePolicyTable, type PolicyTable, policyTable } from './policy-table.ts';

/** Options of `createPodPolicies`. */
export interface PodPoliciesOptions {
  /** Policies and Pods, static ones included; asked for when it is started. */
  readonly held: () => Pick<HeldObjects, 'all' | 'subscribe'>;
  /** The sandboxes there are; rejects while the runtime cannot tell. */
  readonly sandboxes: () => Promise<readonly SandboxObservation[]>;
  readonly nodeAddresses: () => readonly string[];
  readonly rules: RulesetWatch;
  /** Whatever the kernel needs beside the rules; called before they are programmed. */
  readonly prepare: () => Promise<void>;
  /** What `trouble` says is another thing now. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** The policies. `start` resolves when what is held has been programmed, or could not be. */
export interface PodPolicies extends Part {
  /** Why policies cannot be enforced here; undefined when they can, or there are none. */
  trouble(): NetworkTrouble | undefined;
  /** Resolves when a container of this Pod may start. Rejects with RuntimeError while a policy about it is not enforced. */
  guard(uid: string): Promise<void>;
}

/** Milliseconds until it is looked again whether somebody has installed what is missing. */
const missingRetry = 30_000;

const work = 'policies';
const kinds: readonly string[] = ['Pod', 'ResolvedNetworkPolicy'];
const resources: readonly string[] = ['pods', 'networkpolicies'];

/** Makes them. */
export function createPodPolicies(options: PodPoliciesOptions): PodPolicies {
  return new Enforcement(options);
}

class Enforcement implements PodPolicies {
  readonly name = 'network policies';
  readonly #options: PodPoliciesOptions;
  readonly #keeper: TableKeeper;
  readonly #queue: WorkQueue;
  #local: readonly LocalPod[] = [];
  readonly #known: PeerSets = new WeakMap();
  #trouble: NetworkTrouble | undefined;
  /** Whether there is a table of ours in the kernel; an earlier agent may have left one. */
  #isPlaced = true;
  /** The last one begun; each waits for the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  #releases: (() => void)[] = [];

  constructor(options: PodPoliciesOptions) {
    const { rules, clock, log } = options;
    this.#options = options;
    this.#keeper = new TableKeeper({ run: rules.run, clock, log });
    this.#queue = new WorkQueue({
      ...{ name: 'network policies', clock, log, backoff: { first: 500, limit: 30_000 } },
      handle: () => this.#work(),
    });
  }

  async start(): Promise<void> {
    const { rules } = this.#options;
    this.#releases = [
      this.#options.held().subscribe(({ upserts, deletions }) => {
        const concerns =
          upserts.some(({ kind }) => kinds.includes(kind)) ||
          deletions.some((key) => resources.includes(key.slice(0, key.indexOf('/'))));
        if (concerns) this.#queue.add(work);
      }),
      rules.watch(policyTable.name, () => {
        this.#keeper.forget();
        this.#queue.add(work);
      }),
    ];
    this.#queue.add(work);
    await this.#queue.settled();
  }

  async stop(): Promise<void> {
    for (const release of this.#releases) release();
    await this.#queue.stop();
    await this.#turn;
  }

  trouble(): NetworkTrouble | undefined {
    return this.#trouble;
  }

  async guard(uid: string): Promise<void> {
    const [policy] = this.#options.held().all('networkpolicies');
    if (policy === undefined && !this.#isPlaced) return;
    try {
      await this.#program();
    } catch (error) {
      // what nobody restricts does not wait
      if (!(await this.#isIsolated(uid))) return;
      throw new RuntimeError('NetworkPolicyNotProgrammed', messageOf(error), { cause: error });
    }
  }

  /** True also while it cannot be told: a Pod is rather late than open. */
  async #isIsolated(uid: string): Promise<boolean> {
    try {
      return makePolicyTable(this.#policies(), await this.#look()).isolated.has(uid);
    } catch {
      return true;
    }
  }

  /** The Pods there are now. */
  async #look(): Promise<readonly LocalPod[]> {
    const sandboxes = await this.#options.sandboxes();
    this.#local = localPods({
      pods: this.#options.held().all('pods') as unknown as Iterable<Pod>,
      sandboxes,
      nodeAddresses: this.#options.nodeAddresses(),
      before: this.#local,
    });
    return this.#local;
  }

  #policies(): ResolvedPolicy[] {
    return [...this.#options.held().all('networkpolicies')] as unknown as ResolvedPolicy[];
  }

  async #work(): Promise<number | undefined> {
    try {
      await this.#program();
    } catch (error) {
      const isMissing = error instanceof NftMissing;
      this.#tell({ reason: isMissing ? 'NftMissing' : 'PoliciesNotProgrammed', message: messageOf(error) });
      if (isMissing) return missingRetry;
      throw error;
    }
    this.#tell(undefined);
    return this.#keeper.resting ? rest : undefined;
  }

  /** Brings the kernel to what is held now, after whatever was begun before. */
  #program(): Promise<void> {
    const turn = this.#turn.then(async () => {
      await this.#place(makePolicyTable(this.#policies(), await this.#look(), this.#known));
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #place({ table, isolated }: PolicyTable): Promise<void> {
    if (isolated.size > 0) {
      await this.#options.prepare();
      this.#isPlaced = true;
      const how = await this.#keeper.apply(table);
      if (how === 'replaced') this.#options.log.info({ pods: isolated.size }, 'network policies are enforced');
      return;
    }
    if (!this.#isPlaced) return;
    try {
      await this.#options.rules.run(removeTables([policyTable]));
    } catch (error) {
      // what cannot be removed without the program was not made
      if (!(error instanceof NftMissing)) throw error;
    }
    this.#keeper.forget();
    this.#isPlaced = false;
  }

  #tell(next: NetworkTrouble | undefined): void {
    if (next?.message === this.#trouble?.message) return;
    this.#trouble = next;
    if (next !== undefined)
      this.#options.log.warn({ trouble: next.message }, 'policies cannot be enforced on this node');
    this.#options.changed();
  }
}

const messageOf = (error: unknown): string =>
  `network policies cannot be enforced: ${error instanceof Error ? error.message : String(error)}`;
