/** Opens what the hub keeps on its disk: the database, sealed in part, and copies of it. Part of the wiring, used by hub.ts. */
import { join } from 'node:path';
import type { Snapshot } from './api/snapshot.ts';
import type { Clock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Log } from './base/log.ts';
import { shelfKey } from './registry/key.ts';
import type { CommitObserver } from './store/commit-queue.ts';
import { openSealedStore, type SealedStore } from './store/sealing/sealed-store.ts';
import { takeSnapshot } from './store/snapshot.ts';
import { openSqliteStore } from './store/sqlite.ts';

/** The store, open. */
export interface OpenedStore {
  readonly store: SealedStore;
  /** Copies everything for a backup. */
  snapshot(): Promise<Snapshot>;
  /** Encrypts what lies in the store in another form: a rotation that was cut off, or what came before encryption. */
  finishSealing(log: Log): void;
}

/** Options of `openStore`. */
export interface OpenStoreOptions {
  readonly dir: DataDir;
  readonly settings: HubSettings;
  readonly observe: CommitObserver;
  readonly clock: Clock;
}

/** What the store's keys of a resource begin with; it is written as `resource` or `resource.group`. */
function storedPrefix(written: string): string {
  const [resource = '', ...group] = written.split('.');
  return `${shelfKey({ group: group.join('.'), resource })}/`;
}

/** Rejects with StoreError when the database cannot be used. */
export async function openStore({ dir, settings, observe, clock }: OpenStoreOptions): Promise<OpenedStore> {
  const disk = await openSqliteStore({ file: join(dir.hub.dir, 'state.db'), observe });
  const keyFile = join(dir.hub.dir, 'encryption-keys.json');
  const prefixes = settings.encryptedResources.map(storedPrefix);
  const store = await openSealedStore({ store: disk, keyFile, prefixes });
  return {
    store,
    snapshot: () =>
      takeSnapshot({
        ...{ dir: dir.hub.dir, disk, keyFile, now: () => clock.now() },
        quietly: (work) => store.quietly(work),
      }),
    finishSealing(log) {
      if (!store.unfinished) return;
      store.finish().then(
        ({ values }) => log.info({ values }, 'what was to be encrypted is encrypted with the current key'),
        (error: unknown) => log.error({ error: String(error) }, 'encrypting what is stored was cut off'),
      );
    },
  };
}
