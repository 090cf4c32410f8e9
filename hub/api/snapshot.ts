/** A snapshot of the hub's state, as the hub and its command line speak of it. */

/** A POST here copies what is stored, while the hub goes on, for a backup to take. */
export const snapshotPath = '/coracle/v1/snapshot';

/** What a POST answers: the folder, within the hub's directory, with `state.db` and the keys that open it. Who asked removes it. */
export interface Snapshot {
  readonly folder: string;
}
