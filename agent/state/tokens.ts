/** Tokens of Pods' ServiceAccounts, kept so that Pods have theirs when the node starts without the hub. */
import { join } from 'node:path';
import type { Log } from '../../hub/base/log.ts';
import { Journal } from './journal.ts';

/** A token and its life; Unix milliseconds. */
export interface KeptToken {
  readonly token: string;
  readonly issued: number;
  readonly expires: number;
}

/** Tokens by key; a key begins with the Pod's uid. */
export interface TokenStore {
  get(key: string): KeptToken | undefined;
  put(key: string, token: KeptToken): Promise<void>;
  /** Forgets the tokens of a Pod. */
  remove(uid: string): Promise<void>;
}

/** Opens `<dir>/tokens.journal` (mode 0600). */
export async function openTokens(options: { dir: string; log: Log }): Promise<TokenStore & { close(): Promise<void> }> {
  const journal = await Journal.open<KeptToken>({ file: join(options.dir, 'tokens.journal'), log: options.log });
  return {
    get: (key) => journal.entries.get(key),
    put: (key, token) => journal.write({ puts: [[key, token]], removals: [] }),
    remove(uid) {
      const removals = [...journal.entries.keys()].filter((key) => key.startsWith(uid));
      return journal.write({ puts: [], removals });
    },
    close: () => journal.close(),
  };
}
