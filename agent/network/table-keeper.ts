/**
 * Keeps one table in the kernel as it is wanted: by the smallest change, or whole.
 *
 * INVARIANTS: each change is one transaction, so the kernel never has half of one; the first one replaces the table whole,
 * whoever left what there; after a failure the next one does so again.
 */
import type { Clock } from '../../hub/base/clock.ts';
import type { Log } from '../../hub/base/log.ts';
import type { RunNft } from './nft.ts';
import { deleteChains, type NftTable, replaceTable, tableDifference } from './nft-table.ts';

/** Options of `TableKeeper`. */
export interface TableKeeperOptions {
  readonly run: RunNft;
  /** What the kernel added to sets of the table that is to be replaced, by set: it is kept. Unset: nothing. */
  readonly added?: (table: NftTable) => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a chain is kept after the last thing that led to it, in milliseconds: see NftDifference. */
export const rest = 1000;

/** The keeper. `apply` is to be called again only when the call before has settled. */
export class TableKeeper {
  readonly #options: TableKeeperOptions;
  #before: NftTable | undefined;
  /** How often somebody else changed the table: it may be while a change of ours is under way. */
  #touched = 0;
  /** Chains to be deleted, and since when nothing leads to them. */
  readonly #stale = new Map<string, number>();

  constructor(options: TableKeeperOptions) {
    this.#options = options;
  }

  /** Makes the table as wanted; answers how. Rejects as `RunNft` does. */
  async apply(table: NftTable): Promise<'same' | 'changed' | 'replaced'> {
    const before = this.#before;
    const touched = this.#touched;
    if (before !== undefined) {
      const change = this.#change(before, table);
      if (change === undefined) return 'same';
      this.#before = undefined;
      try {
        await this.#options.run(change.commands);
        change.done();
        if (touched === this.#touched) this.#before = table;
        return 'changed';
      } catch (error) {
        // somebody else changed the table
        this.#options.log.debug({ table: table.name, error: String(error) }, 'a table will be replaced whole');
      }
    }
    await this.#options.run(replaceTable(table, await this.#options.added?.(table)));
    this.#stale.clear();
    if (touched === this.#touched) this.#before = table;
    return 'replaced';
  }

  /** Somebody changed the table: the next `apply` replaces it whole. */
  forget(): void {
    this.#touched += 1;
    this.#before = undefined;
  }

  /** True while there is something to delete later: `apply` is then to be called again after `rest`. */
  get resting(): boolean {
    return this.#stale.size > 0;
  }

  #change(before: NftTable, table: NftTable): { commands: string; done: () => void } | undefined {
    const { commands, stale } = tableDifference(before, table);
    const now = this.#options.clock.now();
    const rested = [...this.#stale].filter(([name, since]) => now - since >= rest && !table.chains.has(name));
    const gone = rested.map(([name]) => name);
    if (commands === '' && gone.length === 0) return undefined;
    return {
      commands: commands + deleteChains(table, gone),
      done: () => {
        for (const name of this.#stale.keys())
          if (gone.includes(name) || table.chains.has(name)) this.#stale.delete(name);
        for (const name of stale) this.#stale.set(name, now);
      },
    };
  }
}
