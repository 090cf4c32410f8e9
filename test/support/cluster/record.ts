/**
 * Each cluster's directory with the record of who made it, so that what a dead process left can be found.
 *
 * The directory's name is the cluster's slot, the number in its names and addresses: whoever makes it has the slot.
 */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processTicks } from '../../../hub/base/daemon.ts';
import { slots } from './network.ts';

/** Who made a cluster, and where. */
export interface ClusterRecord {
  readonly dir: string;
  readonly slot: number;
  readonly pid: number;
  /** When that process started, in the kernel's ticks: its id may belong to another one now. */
  readonly ticks: string;
}

const prefix = 'coracle-cluster-';
const fileName = 'cluster.json';

/** Takes a free slot for this process. */
export function createRecord(): ClusterRecord {
  const staged = mkdtempSync(join(tmpdir(), 'coracle-new-cluster-'));
  const maker = { pid: process.pid, ticks: processTicks(process.pid) };
  for (let tries = 0; tries < slots; tries += 1) {
    const slot = (process.pid + tries) % slots;
    const record = { dir: join(tmpdir(), `${prefix}${slot}`), slot, ...maker };
    writeFileSync(join(staged, fileName), JSON.stringify(record));
    try {
      // at once and with its record, or not at all: a directory with something in it is not replaced
      renameSync(staged, record.dir);
      return record;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  rmSync(staged, { recursive: true });
  throw new Error(`all ${slots} slots for clusters are taken`);
}

/** Makes removing an abandoned cluster this process's work; false when another one that lives does it already. */
export function claim({ dir }: ClusterRecord): boolean {
  const file = join(dir, 'removed-by.json');
  const mine = JSON.stringify({ pid: process.pid, ticks: processTicks(process.pid) });
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch {
    const other = readRecord(file);
    // gone: so is the cluster
    if (other === undefined || processTicks(other.pid) === other.ticks) return false;
    writeFileSync(file, mine);
    return true;
  }
}

/** Removes the directory, the record last: as long as something is there, it can be found. */
export function removeRecord({ dir }: ClusterRecord): void {
  for (const name of readdirSync(dir)) if (name !== fileName) rmSync(join(dir, name), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}

/** All clusters on this machine whose process is dead. */
export function abandonedRecords(): ClusterRecord[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith(prefix))
    .flatMap((name) => {
      const record = readRecord(join(tmpdir(), name, fileName));
      return record === undefined || processTicks(record.pid) === record.ticks ? [] : [record];
    });
}

function readRecord(file: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterRecord;
  } catch {
    // being removed just now
    return undefined;
  }
}
