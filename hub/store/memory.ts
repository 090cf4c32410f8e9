/** The store in memory: for tests and simulations, with the same contract as the one on disk. */
import { CommitQueue, type WaitingAppend } from './commit-queue.ts';
import { Newest } from './newest.ts';
import { type AppendResult, type Store, StoreError, type StoreHead, type StoreRecord } from './store.ts';

const chunk = 1000;

/** An empty store that forgets everything with the process. */
export function openMemoryStore(): Store {
  const log: StoreRecord[] = [];
  const newest = new Newest();
  let compacted = 0;

  const write = (batch: readonly WaitingAppend[]): Promise<readonly AppendResult[]> => {
    const { results, records } = newest.judge(batch);
    for (const record of records) log.push(record);
    return Promise.resolve(results);
  };
  const queue = new CommitQueue({ limit: 1000, write });
  const head = (): StoreHead => ({ revision: Math.max(log.at(-1)?.revision ?? 0, compacted), compacted });

  return {
    append: (records) => queue.append(records),
    async *since(revision) {
      if (revision !== 0 && revision < compacted) {
        throw new StoreError('compacted', `history before revision ${compacted} is gone`);
      }
      let start = log.findIndex((record) => record.revision > revision);
      while (start >= 0 && start < log.length) {
        yield log.slice(start, start + chunk);
        start += chunk;
      }
    },
    compact(revision) {
      const reached = head().revision;
      const last = new Map<string, number>();
      for (const record of log) if (record.revision <= revision) last.set(record.key, record.revision);
      const kept = log.filter(
        (record) => record.revision > revision || (record.value !== null && last.get(record.key) === record.revision),
      );
      log.splice(0, log.length, ...kept);
      compacted = Math.max(compacted, Math.min(revision, reached));
      return Promise.resolve();
    },
    rewrite(form) {
      let count = 0;
      for (const [at, record] of log.entries()) {
        const { value } = record;
        const next = value === null ? undefined : form({ ...record, value });
        if (next === undefined) continue;
        log[at] = { ...record, value: next };
        count += 1;
      }
      return Promise.resolve(count);
    },
    head,
    close: () => queue.close(),
  };
}
