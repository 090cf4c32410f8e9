/** A store that keeps the values of some keys sealed, and changes the key they are sealed with. */
import type { KeyRotation } from '../../api/encryption-keys.ts';
import { type AppendResult, type Store, StoreError, type StoreHead, type StoreRecord } from '../store.ts';
import { type DataKeys, openKeyFile, writeKeyFile } from './key-file.ts';
import { type DataKey, newDataKey, seal, sealedWith, unseal } from './seal.ts';

/** What happens in a rotation, in this order; each is on the disk when it is told. */
export type RotationStep = 'key made' | 'values sealed' | 'old keys dropped';

/** `prefixes`: what the keys begin with whose values are sealed. */
export interface SealingOptions {
  readonly store: Store;
  readonly keyFile: string;
  readonly prefixes: readonly string[];
  /** Told after each step of a rotation, which goes on when it resolves. */
  readonly reached?: (step: RotationStep) => void | Promise<void>;
}

/** Opens the keys, making one when there is none yet. */
export async function openSealedStore(options: SealingOptions): Promise<SealedStore> {
  return new SealedStore(options, await openKeyFile(options.keyFile));
}

/**
 * The store with sealed values; readers and writers see plain bytes.
 *
 * INVARIANTS: a key is in the key file before anything is sealed with it, and stays there until nothing on the disk is
 * sealed with it any more: a hub that dies at any moment of a rotation can open everything.
 */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #options: SealingOptions;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  #keys: DataKeys;
  #unfinished = false;
  #rotation: Promise<unknown> = Promise.resolve();

  constructor(options: SealingOptions, keys: DataKeys) {
    this.#options = options;
    this.#store = options.store;
    this.#keys = keys;
  }

  /** True once `since` met a value that is not in the form it is to have, or when a rotation was cut off. */
  get unfinished(): boolean {
    return this.#unfinished || this.#keys.length > 1;
  }

  append(records: readonly StoreRecord[]): Promise<AppendResult> {
    if (!records.some((record) => this.#isProtected(record.key))) return this.#store.append(records);
    const appended = this.#store.append(records.map((record) => this.#sealed(record)));
    const ended: Promise<unknown> = appended.then(
      () => this.#underWay.delete(ended),
      () => this.#underWay.delete(ended),
    );
    this.#underWay.add(ended);
    return appended;
  }

  async *since(revision: number): AsyncIterable<readonly StoreRecord[]> {
    for await (const records of this.#store.since(revision)) yield records.map((record) => this.#opened(record));
  }

  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }

  rewrite(...parameters: Parameters<Store['rewrite']>): Promise<number> {
    return this.#store.rewrite(...parameters);
  }

  head(): StoreHead {
    return this.#store.head();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#rotation.catch(() => {});
    await this.#store.close();
  }

  /** Makes a new key, seals everything with it, and forgets the old ones. One rotation at a time. */
  rotate(): Promise<KeyRotation> {
    return this.#inTurn(async () => {
      await this.#useKeys([newDataKey(), ...this.#keys]);
      await this.#reached('key made');
      return this.#settle();
    });
  }

  /**
   * Goes on with a rotation that was cut off. Values that are not in the form they are to have take a rotation of their
   * own: two keys in the file say that it is not over, whatever happens on the way.
   */
  finish(): Promise<KeyRotation> {
    return this.#keys.length > 1 ? this.#inTurn(() => this.#settle()) : this.rotate();
  }

  /** Runs `work` while no rotation is under way: the keys in the file are those of everything stored. */
  quietly<T>(work: () => Promise<T>): Promise<T> {
    return this.#inTurn(work);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#rotation.catch(() => {}).then(task);
    this.#rotation = turn;
    return turn;
  }

  async #settle(): Promise<KeyRotation> {
    // what is on its way was sealed before the key changed: once it has landed, one pass finds all there is
    await Promise.all(this.#underWay);
    const [first] = this.#keys;
    const renewed = (record: StoreRecord & { value: Buffer }): Buffer | undefined => {
      const id = sealedWith(record.value);
      const isProtected = this.#isProtected(record.key);
      if (isProtected ? id === first.id : id === undefined) return undefined;
      const plain = id === undefined ? record.value : unseal(record.value, record, this.#keyOf(id, record.key));
      return isProtected ? seal(plain, record, first) : plain;
    };
    const values = await this.#store.rewrite(renewed, this.#closing.signal);
    await this.#reached('values sealed');
    if (this.#keys.length > 1) await this.#useKeys([first]);
    this.#unfinished = false;
    await this.#reached('old keys dropped');
    return { keyId: first.id, values };
  }

  async #useKeys(keys: DataKeys): Promise<void> {
    await writeKeyFile(this.#options.keyFile, keys);
    this.#keys = keys;
  }

  async #reached(step: RotationStep): Promise<void> {
    await this.#options.reached?.(step);
  }

  #isProtected(key: string): boolean {
    for (const prefix of this.#options.prefixes) if (key.startsWith(prefix)) return true;
    return false;
  }

  #sealed(record: StoreRecord): StoreRecord {
    const { value } = record;
    if (value === null || !this.#isProtected(record.key)) return record;
    return { ...record, value: seal(value, record, this.#keys[0]) };
  }

  #opened(record: StoreRecord): StoreRecord {
    const { value, key } = record;
    if (value === null) return record;
    const id = sealedWith(value);
    if (this.#isProtected(key) === (id === undefined)) this.#unfinished = true;
    if (id === undefined) return record;
    const dataKey = this.#keyOf(id, key);
    try {
      return { ...record, value: unseal(value, record, dataKey) };
    } catch (cause) {
      throw new StoreError('corrupt', `the sealed value of ${key} is damaged: restore a backup`, { cause });
    }
  }

  #keyOf(id: string, key: string): DataKey {
    const found = this.#keys.find((one) => one.id === id);
    if (found !== undefined) return found;
    const { keyFile } = this.#options;
    throw new StoreError('corrupt', `${key} is sealed with key ${id}, which ${keyFile} lacks: restore that file`);
  }
}
